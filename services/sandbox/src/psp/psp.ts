import type { Log } from "@till/telemetry";
import type { Journal } from "../journal.ts";
import { createEmitEvent, type EmitEvent } from "./emit-event.ts";
import { createEvents, type EventRecord, type Events } from "./events.ts";
import { createIdempotency, type RunOnce } from "./idempotency.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createPayments, type Payments } from "./payments.ts";
import { createResponder, type Respond } from "./respond.ts";
import { systemScheduler, type Scheduler } from "./scheduler.ts";
import { createWebhookSender, type Webhook, type WebhookSender } from "./webhook-sender.ts";

/** A payment service provider: its payments, ledger, idempotency keys and events, in memory and in the journal. */
export type Psp = {
  readonly payments: Payments;
  readonly ledger: Ledger;
  readonly runOnce: RunOnce;
  readonly respond: Respond;
  readonly events: Events;
  readonly sender: WebhookSender | undefined;
  readonly emitEvent: EmitEvent;
  readonly scheduler: Scheduler;
  readonly now: () => number;
};

export type PspOptions = {
  readonly journal: Journal;
  readonly now: () => number;
  readonly log: Log;
  /** Left out: events are stored and not sent. */
  readonly webhook?: Webhook | undefined;
  readonly scheduler?: Scheduler | undefined;
};

/** Payments, keys and ledger entries kept, about 600 MB of them; the oldest are dropped beyond that. */
const keep = 500_000;
const keepEvents = 20_000;

/** Creates the provider with the state its journal has. */
export function createPsp({ journal, now, log, webhook, scheduler = systemScheduler() }: PspOptions): Psp {
  const events = createEvents(keepEvents, journal);
  const onDelivered = (record: EventRecord) => events.markDelivered(record);
  const sender = webhook && createWebhookSender({ ...webhook, scheduler, now, log, onDelivered });
  return {
    payments: createPayments(keep, journal),
    ledger: createLedger(keep, journal),
    runOnce: createIdempotency(keep, journal),
    respond: createResponder(scheduler),
    events,
    sender,
    emitEvent: createEmitEvent({ events, sender, scheduler, now }),
    scheduler,
    now,
  };
}
