import type { Outage } from "@till/worker/outage";
import { pause } from "@till/worker/pause";

type Dispatch = {
  /** Handles the batch; a rejection means that the same batch must come again. */
  readonly handle: () => Promise<void>;
  /** Whether the subscription still holds the batch. */
  readonly isHeld: () => boolean;
  readonly outage: Outage;
  readonly signal: AbortSignal;
};

/** Repeats a batch until it is handled and returns true; returns false when the subscription has lost it. */
export async function dispatch({ handle, isHeld, outage, signal }: Dispatch): Promise<boolean> {
  while (isHeld()) {
    try {
      await handle();
      outage.worked();
      return true;
    } catch (error) {
      if (!isHeld()) return false;
      await pause(outage.failed(error), signal);
    }
  }
  return false;
}
