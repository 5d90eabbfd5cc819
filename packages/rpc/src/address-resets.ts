import { countedAddress } from "./counted-address.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";
import { openWindow } from "./rates.ts";

/** The streams that the clients of each address have reset lately. */
export type AddressResets = {
  /** Counts one; returns whether they are too many. */
  readonly count: (peer: string) => Promise<boolean>;
  /** Whether they were too many a moment ago: at once, for a connection must be closed before a session is made of it. */
  readonly areTooMany: (peer: string) => boolean;
};

/** For so long no connection is taken of an address whose clients have reset too much. */
const pauseMs = 10_000;

type Options = {
  readonly limits: Pick<Limits, "resetsPerAddress">;
  /** What a proxy resets its many clients have ended; a gateway limits those by itself. */
  readonly isTrustedProxy: (address: string) => boolean;
  readonly onLimit: OnLimit;
};

/** Allows each address so many resets within a minute. */
export function addressResets({ limits, isTrustedProxy, onLimit }: Options): AddressResets {
  const { resetsPerAddress } = limits;
  const resets = openWindow({ most: resetsPerAddress, seconds: 60 });
  const paused = new Set<string>();

  function pause(address: string): void {
    if (paused.has(address)) return;
    paused.add(address);
    setTimeout(() => paused.delete(address), pauseMs).unref();
  }

  return {
    async count(peer) {
      if (isTrustedProxy(peer)) return false;
      const address = countedAddress(peer);
      const areTooMany = await resets.count(address);
      if (!areTooMany) return false;
      onLimit("resets_per_address");
      pause(address);
      return true;
    },
    areTooMany: (peer) => paused.has(countedAddress(peer)),
  };
}
