import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";
import { openWindow } from "./rates.ts";

/** The streams that the clients of each address have reset lately. */
export type AddressResets = {
  /** Counts one; returns whether they are too many. */
  readonly count: (address: string) => Promise<boolean>;
  /** Whether they are too many at present. */
  readonly areTooMany: (address: string) => Promise<boolean>;
};

/** Allows each address so many resets within a minute. */
export function addressResets(
  { resetsPerAddress }: Pick<Limits, "resetsPerAddress">,
  onLimit: OnLimit,
): AddressResets {
  const resets = openWindow({ most: resetsPerAddress, seconds: 60 });
  return {
    async count(address) {
      const areTooMany = await resets.count(address);
      if (areTooMany) onLimit("resets_per_address");
      return areTooMany;
    },
    areTooMany: resets.isFull,
  };
}
