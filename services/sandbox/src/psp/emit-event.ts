import type { Events, EventRecord } from "./events.ts";
import { newId } from "./new-id.ts";
import type { NewsType } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import { pause, type Timers } from "./scheduler.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/** Tells the client what happened to a payment. What comes back, an answer has to wait for. */
export type Announce = (record: PaymentRecord, type: NewsType) => Promise<void> | undefined;

export type AnnounceOptions = {
  readonly events: Events;
  /** None where no webhook is set: events are kept, and not sent. */
  readonly sender: WebhookSender | undefined;
  readonly timers: Timers;
  readonly now: () => number;
};

/** Writes down what happens as events, and sends them as the payment's token says. */
export function createAnnounce({ events, sender, timers, now }: AnnounceOptions): Announce {
  const held = new Map<string, EventRecord>();
  for (const news of events.owed) void sender?.send(news);

  return ({ payment, behaviour }, type) => {
    const created = Math.floor(now() / 1000);
    const news = events.add({ id: newId("evt"), type, created, data: { payment } });
    if (!sender || behaviour.news === "not-at-all") return undefined;
    events.owe(news);
    const send = () => void sender.send(news);
    switch (behaviour.news) {
      case "five-times":
        for (let time = 0; time < 5; time++) send();
        break;
      case "late":
        timers.after(lateMs, send);
        break;
      case "before-answer":
        return Promise.race([sender.send(news), pause(timers, patienceMs)]);
      case "out-of-order":
        sendOutOfOrder(sender, news);
        break;
      case undefined:
        send();
    }
    return undefined;
  };

  /** Holds the first news of a payment back until the next has been sent. */
  function sendOutOfOrder(sender: WebhookSender, news: EventRecord): void {
    const { type, data } = news.event;
    const { id } = data.payment;
    const release = () => {
      const first = held.get(id);
      if (first && held.delete(id)) void sender.send(first);
    };
    if (type === "payment.succeeded" || type === "payment.authorized") {
      held.set(id, news);
      timers.after(longestHeldMs, release);
    } else {
      void sender.send(news).then(release);
    }
  }
}

const lateMs = 3_000;
const patienceMs = 1_000;
const longestHeldMs = 10_000;
