import type { Log } from "@till/telemetry";
import type { EventRecord } from "./events.ts";
import type { Scheduler } from "./scheduler.ts";
import { signatureOf } from "./webhook-signature.ts";

/** The client's webhook URL and the secret that signs requests to it. */
export type Webhook = { readonly url: string; readonly secret: string };

export type WebhookSender = {
  /** Sends an event until it is delivered. Resolves after the first attempt; never rejects. */
  send(record: EventRecord): Promise<void>;
  close(): void;
};

export type SenderOptions = Webhook & {
  readonly scheduler: Scheduler;
  readonly now: () => number;
  readonly log: Log;
  readonly onDelivered: (record: EventRecord) => void;
};

/**
 * Posts events to one URL, up to 64 concurrently, in no guaranteed order. An event without a 2xx response within 5 s is
 * sent again after 1 s, 2 s, 4 s … 30 s, until it is delivered. Beyond 20,000 undelivered events, new ones are dropped.
 */
export function createWebhookSender(options: SenderOptions): WebhookSender {
  const { url, secret, scheduler, now, log, onDelivered } = options;
  const closing = new AbortController();
  const ready = new Set<Delivery>();
  let undelivered = 0;
  let inFlight = 0;

  function sendReady(): void {
    for (const delivery of ready) {
      if (inFlight >= maxInFlight || closing.signal.aborted) return;
      ready.delete(delivery);
      void attempt(delivery);
    }
  }

  async function attempt(delivery: Delivery): Promise<void> {
    const { record } = delivery;
    inFlight++;
    record.attempts++;
    delivery.attempts++;
    try {
      await post(JSON.stringify(record.event));
      record.delivered++;
      onDelivered(record);
      undelivered--;
    } catch (err) {
      const { id: event_id, type } = record.event;
      const isFirst = delivery.attempts === 1 && !closing.signal.aborted;
      if (isFirst) log.warn({ event_id, type, err }, "webhook delivery failed and will be retried");
      scheduler.schedule(backOffMs(delivery.attempts), () => {
        ready.add(delivery);
        sendReady();
      });
    } finally {
      inFlight--;
      delivery.onAttempted();
      sendReady();
    }
  }

  async function post(body: string): Promise<void> {
    const headers = {
      "content-type": "application/json",
      "psp-signature": signatureOf(secret, body, now()),
    };
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    // Read to its end, so that the connection can be reused.
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  }

  return {
    send(record) {
      if (undelivered >= maxUndelivered) {
        log.warn({ event_id: record.event.id }, "webhook dropped: too many are undelivered");
        return Promise.resolve();
      }
      undelivered++;
      return new Promise((onAttempted) => {
        ready.add({ record, onAttempted, attempts: 0 });
        sendReady();
      });
    },
    close: () => closing.abort(),
  };
}

/** One delivery of an event; an event that is sent twice has two. */
type Delivery = { readonly record: EventRecord; readonly onAttempted: () => void; attempts: number };

const maxUndelivered = 20_000;
const maxInFlight = 64;
const timeoutMs = 5_000;

function backOffMs(attempts: number): number {
  return Math.min(30_000, 1_000 * 2 ** (attempts - 1));
}
