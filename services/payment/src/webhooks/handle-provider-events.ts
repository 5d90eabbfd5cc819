import type { Log } from "@till/telemetry";
import { inSpan } from "@till/tracing";
import { startWorker, type Worker } from "@till/worker";
import type { ProviderEventTrigger } from "../sync/sync-by-provider-event.ts";
import type { ProviderEvent, ProviderEvents } from "../store/provider-events.ts";
import type { WebhookTelemetry } from "./webhook-telemetry.ts";

/** Syncs the payment that an event is about; false if the payment is not known yet. */
export type OnProviderEvent = (event: ProviderEventTrigger) => Promise<boolean>;

export type Handling = {
  readonly events: ProviderEvents;
  readonly onProviderEvent: OnProviderEvent;
  readonly telemetry: WebhookTelemetry;
  readonly now: () => Date;
};

const hourMs = 60 * 60_000;
/** Longer than any handling takes; after it another process takes the event of a process that died. */
const leaseMs = 2 * 60_000;
const giveUpAfterMs = 24 * hourMs;
const batchSize = 50;
const paymentsAtOnce = 8;

/**
 * Handles the events that are due, a bounded number at a time. All events of one payment need one sync: the
 * provider's state is later than all of them.
 */
export async function handleProviderEvents(handling: Handling, signal?: AbortSignal): Promise<Round> {
  const { events, now } = handling;
  const claimedAt = now();
  const leaseExpiresAt = new Date(claimedAt.getTime() + leaseMs);
  const due = await events.claim({ now: claimedAt, leaseExpiresAt, limit: batchSize });
  const nameOf = ({ provider, paymentId, transactionId }: ProviderEvent) =>
    `${provider} ${paymentId ?? transactionId}`;
  const byPayment = Map.groupBy(due, nameOf).values();
  let hasPostponed = false;
  const workers = Array.from({ length: paymentsAtOnce }, async () => {
    // Events that are not begun when the process ends are due again when their lease expires.
    for (const about of byPayment)
      if (!signal?.aborted && !(await inSpan("handle webhook", span, () => handle(handling, about))))
        hasPostponed = true;
  });
  const failed = (await Promise.allSettled(workers)).find((worker) => worker.status === "rejected");
  if (failed) throw failed.reason;
  return { isFull: due.length === batchSize, hasPostponed };
}

/** Of a trace of its own: a provider names none. */
const span = { kind: "consumer", parent: () => undefined } as const;

/** `isFull`: there may be more events that are due. */
type Round = { readonly isFull: boolean; readonly hasPostponed: boolean };

/** Returns whether the events were handled; otherwise they are postponed. */
async function handle(
  { events, onProviderEvent, telemetry, now }: Handling,
  about: readonly ProviderEvent[],
): Promise<boolean> {
  const { provider, paymentId, transactionId, eventId: providerEventId } = about.at(-1)!;
  const named = paymentId === undefined ? { transactionId } : { paymentId };
  let failure: unknown;
  try {
    if (await onProviderEvent({ ...named, providerEventId, actor: `webhook:${provider}` })) {
      await events.handled(about, now());
      telemetry.handled(about);
      return true;
    }
  } catch (error) {
    failure = error;
  }
  for (const event of about) {
    const until = nextAttempt(event, now());
    await events.postpone(event, until);
    if (!until) telemetry.abandoned(event, failure);
    else if (failure) telemetry.failed(event, failure);
    else telemetry.parked(event);
  }
  return false;
}

/** Returns the time of the next attempt: after 1 s, doubled each time up to an hour; undefined after a day. */
function nextAttempt({ attempts, receivedAt }: ProviderEvent, now: Date): Date | undefined {
  if (now.getTime() - receivedAt.getTime() >= giveUpAfterMs) return undefined;
  return new Date(now.getTime() + Math.min(hourMs, 1000 * 2 ** (attempts - 1)));
}

/** How often due events are looked for: those that were postponed, or that a process has left that died. */
const lookMs = 5_000;
/** After a round, for the events that it has postponed. */
const lookAgainMs = 1_000;

/** Starts the worker that handles events when it is notified, and postponed ones within seconds of being due. */
export function startEventHandler(handling: Handling, log: Log): Worker {
  return startWorker({
    name: "handling webhooks",
    everyMs: lookMs,
    log,
    async run(signal) {
      const { isFull, hasPostponed } = await handleProviderEvents(handling, signal);
      if (isFull) return "more";
      if (hasPostponed) return lookAgainMs;
    },
  });
}
