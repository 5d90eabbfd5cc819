import type { Outage } from "./outage.ts";
import { pause } from "./pause.ts";

/** Lives one life after another until the signal ends it; one that fails is followed by the next after a while. */
export async function keepRunning(
  live: () => Promise<void>,
  outage: Outage,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await live();
    } catch (error) {
      if (!signal.aborted) await pause(outage.failed(error), signal);
    }
  }
}
