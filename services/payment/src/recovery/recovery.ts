import type { Deps } from "../deps.ts";
import { resolvePayments } from "./recover-payments.ts";

export type Sweepers = { close(): Promise<void> };

/** Starts what the payment service does by itself from time to time. A round that fails is followed by the next. */
export function startSweepers(deps: Deps): Sweepers {
  const closing = new AbortController();
  const { signal } = closing;
  // Often enough that a payment which is due does not wait long.
  const everyMs = deps.policies.resolveAfterMs / 5;

  async function sweep(): Promise<void> {
    while (!signal.aborted) {
      await resolvePayments(deps).catch((error: unknown) => deps.telemetry.resolvingFailed(error));
      await deps.limits.forgetOld().catch((error: unknown) => deps.telemetry.sweepFailed("attempts", error));
      await deps.janitor.rest(everyMs, signal);
    }
  }

  const done = sweep();
  return {
    async close() {
      closing.abort();
      await done;
    },
  };
}
