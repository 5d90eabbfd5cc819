import type { Log } from "@till/telemetry";
import type { FastifyInstance } from "fastify";
import type { Journal } from "../journal.ts";
import { createAnnounce, type Announce } from "./emit-event.ts";
import { createPayment } from "./create-payment.ts";
import { createDelivery, type Deliver } from "./respond.ts";
import { createEvents, type EventRecord, type Events } from "./events.ts";
import { getLedger } from "./get-ledger.ts";
import { getOperation, getPayment } from "./get-payment.ts";
import { getToken } from "./get-token.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createOnce, type Once } from "./idempotency.ts";
import { operate, settlePendingRefunds } from "./run-operation.ts";
import { doAction, showAction } from "./payer-action.ts";
import { createPayments, type Payments } from "./payments.ts";
import { systemTimers, type Timers } from "./scheduler.ts";
import { listEvents, resendWebhook } from "./webhook-endpoints.ts";
import { createWebhookSender, type Webhook, type WebhookSender } from "./webhook-sender.ts";

/** A payment service provider: what it has done, answered and told, and its book: in memory, and in the journal. */
export type Psp = {
  readonly payments: Payments;
  readonly ledger: Ledger;
  readonly once: Once;
  readonly deliver: Deliver;
  readonly events: Events;
  readonly sender: WebhookSender | undefined;
  readonly announce: Announce;
  readonly timers: Timers;
  readonly now: () => number;
};

export type PspOptions = {
  readonly journal: Journal;
  readonly now: () => number;
  readonly log: Log;
  /** Without it events are kept and not sent. */
  readonly webhook?: Webhook | undefined;
  readonly timers?: Timers | undefined;
};

/** The provider's doors under /psp, one line each. */
export function servePsp(app: FastifyInstance, options: PspOptions): void {
  const psp = createPsp(options);
  settlePendingRefunds(psp);
  app.post("/psp/v1/payments", createPayment(psp));
  app.get("/psp/v1/payments/:id", getPayment(psp));
  app.get("/psp/v1/payments/:id/action", showAction(psp));
  app.post("/psp/v1/payments/:id/action", doAction(psp));
  app.post("/psp/v1/payments/:id/captures", operate(psp, "capture"));
  app.post("/psp/v1/payments/:id/voids", operate(psp, "void"));
  app.post("/psp/v1/payments/:id/refunds", operate(psp, "refund"));
  app.get("/psp/v1/payments/:id/operations/:key", getOperation(psp));
  app.get("/psp/v1/tokens/:token", getToken);
  app.get("/psp/v1/events", listEvents(psp));
  app.post("/psp/v1/webhooks/:event_id/resend", resendWebhook(psp));
  app.get("/psp/ledger", getLedger(psp));
  app.addHook("onClose", () => {
    psp.timers.close();
    psp.sender?.close();
  });
}

/** How many payments, keys and ledger entries are kept, about 600 MB of them; beyond that the oldest go. */
const keep = 500_000;
const keepEvents = 20_000;

function createPsp({ journal, now, log, webhook, timers = systemTimers() }: PspOptions): Psp {
  const events = createEvents(keepEvents, journal);
  const onTaken = (record: EventRecord) => events.settle(record);
  const sender = webhook && createWebhookSender({ ...webhook, timers, now, log, onTaken });
  return {
    payments: createPayments(keep, journal),
    ledger: createLedger(keep, journal),
    once: createOnce(keep, journal),
    deliver: createDelivery(timers),
    events,
    sender,
    announce: createAnnounce({ events, sender, timers, now }),
    timers,
    now,
  };
}
