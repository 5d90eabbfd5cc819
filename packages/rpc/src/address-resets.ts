import { openBuckets } from "./buckets.ts";
import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";

/** The streams that the clients of each address have reset lately. */
export type AddressResets = {
  /** Counts one; returns whether they are too many. */
  readonly count: (address: string) => boolean;
  /** Whether they are too many at present. */
  readonly areTooMany: (address: string) => boolean;
};

/** Allows each address so many resets at once, and as many a minute. */
export function addressResets(
  { resetsPerAddress }: Pick<Limits, "resetsPerAddress">,
  onLimit: OnLimit,
): AddressResets {
  const resets = openBuckets({ size: resetsPerAddress, perSecond: resetsPerAddress / 60 });
  return {
    count(address) {
      const areTooMany = resets.take(address) > 0;
      if (areTooMany) onLimit("resets_per_address");
      return areTooMany;
    },
    areTooMany: (address) => !resets.hasRoom(address),
  };
}
