import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";
import { openWindow } from "./rates.ts";

/** The streams that the clients of each address have reset lately. */
export type AddressResets = {
  /** Counts one; returns whether they are too many. */
  readonly count: (address: string) => Promise<boolean>;
  /** Whether they were too many a moment ago: at once, for a connection must be closed before a session is made of it. */
  readonly areTooMany: (address: string) => boolean;
};

/** For so long no connection is taken of an address whose clients have reset too much. */
const pauseMs = 10_000;

/** Allows each address so many resets within a minute. */
export function addressResets(
  { resetsPerAddress }: Pick<Limits, "resetsPerAddress">,
  onLimit: OnLimit,
): AddressResets {
  const resets = openWindow({ most: resetsPerAddress, seconds: 60 });
  const paused = new Set<string>();

  function pause(address: string): void {
    if (paused.has(address)) return;
    paused.add(address);
    setTimeout(() => paused.delete(address), pauseMs).unref();
  }

  return {
    async count(address) {
      const areTooMany = await resets.count(address);
      if (!areTooMany) return false;
      onLimit("resets_per_address");
      pause(address);
      return true;
    },
    areTooMany: (address) => paused.has(address),
  };
}
