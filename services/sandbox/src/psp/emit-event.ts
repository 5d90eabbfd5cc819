import type { EventRecord, Events } from "./events.ts";
import { newId } from "./new-id.ts";
import type { PspEventType } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import { pause, type Scheduler } from "./scheduler.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/** Emits an event of a payment. Returns a promise where the response to the request must wait for the webhook. */
export type EmitEvent = (record: PaymentRecord, type: PspEventType) => Promise<void> | undefined;

export type EmitEventOptions = {
  readonly events: Events;
  /** Undefined where no webhook URL is set: events are stored and not sent. */
  readonly sender: WebhookSender | undefined;
  readonly scheduler: Scheduler;
  readonly now: () => number;
};

/** Stores events and sends them as the payment's token says; first sends the undelivered events of earlier processes. */
export function createEmitEvent({ events, sender, scheduler, now }: EmitEventOptions): EmitEvent {
  const held = new Map<string, EventRecord>();
  for (const record of events.pending) void sender?.send(record);

  return ({ payment, behaviour }, type) => {
    const created = Math.floor(now() / 1000);
    const record = events.add({ id: newId("evt"), type, created, data: { payment } });
    if (!sender || behaviour.webhooks === "none") return undefined;
    events.markPending(record);
    const send = () => void sender.send(record);
    switch (behaviour.webhooks) {
      case "duplicated":
        for (let time = 0; time < 5; time++) send();
        break;
      case "delayed":
        scheduler.schedule(webhookDelayMs, send);
        break;
      case "before-response":
        return Promise.race([sender.send(record), pause(scheduler, longestWaitMs)]);
      case "out-of-order":
        sendOutOfOrder(sender, record);
        break;
      case undefined:
        send();
    }
    return undefined;
  };

  /** Holds the first event of a payment back until the payment's next event was sent. */
  function sendOutOfOrder(sender: WebhookSender, record: EventRecord): void {
    const { type, data } = record.event;
    const { id } = data.payment;
    const sendHeld = () => {
      const first = held.get(id);
      if (first && held.delete(id)) void sender.send(first);
    };
    if (type === "payment.succeeded" || type === "payment.authorized") {
      held.set(id, record);
      scheduler.schedule(longestHeldMs, sendHeld);
    } else {
      void sender.send(record).then(sendHeld);
    }
  }
}

const webhookDelayMs = 3_000;
const longestWaitMs = 1_000;
const longestHeldMs = 10_000;
