import { appError } from "./app-error.ts";
import type { OnLimit } from "./count-limits.ts";
import { countedAddress } from "./counted-address.ts";

/** Admits streams that need no token. */
export type AnonymousStreams = {
  /** Counts a stream of an address; returns what takes it back. Throws RATE_LIMITED. */
  readonly admit: (peerAddress: string) => () => void;
};

/** Lets each address have so many streams open for which it shows no token. */
export function anonymousStreams(most: number, onLimit: OnLimit): AnonymousStreams {
  const open = new Map<string, number>();
  return {
    admit(peerAddress) {
      const address = countedAddress(peerAddress);
      const count = open.get(address) ?? 0;
      if (count >= most) {
        onLimit("anonymous_streams");
        throw appError("RATE_LIMITED", `an address may have ${most} streams without a token`, {
          retryAfterMs: 10_000,
        });
      }
      open.set(address, count + 1);
      return () => {
        const left = open.get(address)! - 1;
        if (left === 0) open.delete(address);
        else open.set(address, left);
      };
    },
  };
}
