import type { Log } from "@till/telemetry";
import type { EventRecord } from "./events.ts";
import type { Timers } from "./scheduler.ts";
import { signatureOf } from "./webhook-signature.ts";

/** Where a client hears of its payments, and what the provider proves itself with. */
export type Webhook = { readonly url: string; readonly secret: string };

export type WebhookSender = {
  /** Sends an event until it is taken. Resolves, and never fails, once it was tried for the first time. */
  send(record: EventRecord): Promise<void>;
  close(): void;
};

export type SenderOptions = Webhook & {
  readonly timers: Timers;
  readonly now: () => number;
  readonly log: Log;
  /** Hears of each event that was taken. */
  readonly onTaken: (record: EventRecord) => void;
};

/**
 * Posts events to one address, many at a time and in no certain order. Whatever is not answered with 2xx within 5 s
 * comes again, after 1 s, 2 s, 4 s … 30 s, until it is. Beyond 20,000 that wait, new ones are dropped.
 */
export function createWebhookSender(options: SenderOptions): WebhookSender {
  const { url, secret, timers, now, log, onTaken } = options;
  const closing = new AbortController();
  const ready = new Set<Sending>();
  let open = 0;
  let inFlight = 0;

  function sendReady(): void {
    for (const sending of ready) {
      if (inFlight >= mostInFlight || closing.signal.aborted) return;
      ready.delete(sending);
      void attempt(sending);
    }
  }

  async function attempt(sending: Sending): Promise<void> {
    const { record } = sending;
    inFlight++;
    record.attempts++;
    sending.attempts++;
    try {
      await post(JSON.stringify(record.event));
      record.delivered++;
      onTaken(record);
      open--;
    } catch (err) {
      const { id: event_id, type } = record.event;
      const isNews = sending.attempts === 1 && !closing.signal.aborted;
      if (isNews) log.warn({ event_id, type, err }, "a webhook was not taken and comes again");
      timers.after(backOffMs(sending.attempts), () => {
        ready.add(sending);
        sendReady();
      });
    } finally {
      inFlight--;
      sending.tried();
      sendReady();
    }
  }

  async function post(body: string): Promise<void> {
    const headers = {
      "content-type": "application/json",
      "psp-signature": signatureOf(secret, body, now()),
    };
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(answerMs)]);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    // Read to its end, so that the connection can be used again.
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  }

  return {
    send(record) {
      if (open >= mostOpen) {
        log.warn({ event_id: record.event.id }, "webhook dropped: too many are waiting");
        return Promise.resolve();
      }
      open++;
      return new Promise((tried) => {
        ready.add({ record, tried, attempts: 0 });
        sendReady();
      });
    },
    close: () => closing.abort(),
  };
}

/** One event on its way; sent twice, it is two of them. */
type Sending = { readonly record: EventRecord; readonly tried: () => void; attempts: number };

const mostOpen = 20_000;
const mostInFlight = 64;
const answerMs = 5_000;

function backOffMs(attempts: number): number {
  return Math.min(30_000, 1_000 * 2 ** (attempts - 1));
}
