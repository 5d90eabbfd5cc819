import type { OnLimit } from "./count-limits.ts";
import type { Limits } from "./limits.ts";

/** The streams that the clients of each address have reset lately. */
export type AddressResets = {
  /** Counts one; returns whether they are too many. */
  readonly count: (address: string) => boolean;
  /** Whether they are too many at present. */
  readonly areTooMany: (address: string) => boolean;
  /** Forgets addresses of which there are none any more. */
  readonly forget: () => void;
};

const minuteMs = 60_000;

/** Allows each address so many resets at once, and as many a minute. */
export function addressResets(
  { resetsPerAddress: most }: Pick<Limits, "resetsPerAddress">,
  onLimit: OnLimit,
): AddressResets {
  const levels = new Map<string, { resets: number; at: number }>();

  function resetsOf(address: string): number {
    const level = levels.get(address);
    return level ? Math.max(level.resets - ((performance.now() - level.at) / minuteMs) * most, 0) : 0;
  }

  return {
    count(address) {
      // Beyond what is too many there is nothing to count: an attack that ends is over within seconds.
      const resets = Math.min(resetsOf(address) + 1, most * 1.2);
      levels.set(address, { resets, at: performance.now() });
      if (resets > most) onLimit("resets_per_address");
      return resets > most;
    },
    areTooMany: (address) => resetsOf(address) > most,
    forget() {
      for (const address of levels.keys()) if (resetsOf(address) === 0) levels.delete(address);
    },
  };
}
