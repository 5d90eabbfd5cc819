import { openBuckets } from "./buckets.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";

/** The streams that the clients of each address have reset lately. */
export type AddressResets = {
  /** Counts one; returns whether they are too many. */
  readonly count: (address: string) => boolean;
  /** Whether they were too many a moment ago. */
  readonly areTooMany: (address: string) => boolean;
};

/** For so long no connection is taken of an address whose clients have reset too much. */
const pauseMs = 10_000;

/** Allows each address so many resets at once, and as many a minute. */
export function addressResets(
  { resetsPerAddress }: Pick<Limits, "resetsPerAddress">,
  onLimit: OnLimit,
): AddressResets {
  const resets = openBuckets({ size: resetsPerAddress, perSecond: resetsPerAddress / 60 });
  const paused = new Set<string>();

  function pause(address: string): void {
    if (paused.has(address)) return;
    paused.add(address);
    setTimeout(() => paused.delete(address), pauseMs).unref();
  }

  return {
    count(address) {
      const areTooMany = resets.take(address) > 0;
      if (!areTooMany) return false;
      onLimit("resets_per_address");
      pause(address);
      return true;
    },
    areTooMany: (address) => paused.has(address),
  };
}
