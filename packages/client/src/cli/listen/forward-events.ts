import { signWebhook } from "../../sign-webhook.ts";
import { post } from "./post.ts";

/** An event to forward. */
export type ForwardedEvent = {
  /** Sent as `webhook-id`. */
  readonly id: string;
  readonly type: string;
  readonly orderId: string;
  /** The body, as Till sent it. */
  readonly body: string;
};

/** What became of one try to forward an event. */
export type Try = Omit<ForwardedEvent, "body"> & {
  readonly status: "DELIVERED" | "RETRYING" | "FAILED";
  /** The response's HTTP status, or why there was none. */
  readonly statusCode?: number;
  readonly error?: string;
  readonly durationMs: number;
  /** 1 for the first try. */
  readonly tries: number;
  readonly retryInMs?: number;
};

/** How many events were delivered, and how many were not. */
export type ForwardedEvents = { readonly delivered: number; readonly left: number };

type Forwarding = {
  /** Queues an event behind those of its order. */
  add(event: ForwardedEvent): void;
  /** Cuts off what is under way. */
  close(): Promise<ForwardedEvents>;
};

/** Between the tries of an event: about three minutes in all. */
const pausesMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000, 30_000, 30_000];

/**
 * Forwards events to a target, each until it is acknowledged by 2xx or all tries are used up; those of one order one after
 * the other. Each try is signed anew, so that its timestamp is of now.
 */
export function startForwarding(
  { target, secret }: { readonly target: URL; readonly secret: string },
  report: (attempt: Try) => void,
): Forwarding {
  const closing = new AbortController();
  const lastOf = new Map<string, Promise<void>>();
  let [delivered, added] = [0, 0];

  async function forward({ body, ...event }: ForwardedEvent): Promise<void> {
    for (let tries = 1; !closing.signal.aborted; tries++) {
      const headers = await signWebhook({ id: event.id, body }, secret);
      const response = await post({ target, headers, body, signal: closing.signal });
      if (closing.signal.aborted) return;
      const isDelivered = response.statusCode !== undefined && Math.floor(response.statusCode / 100) === 2;
      // Till disables an endpoint that is gone.
      const retryInMs = isDelivered || response.statusCode === 410 ? undefined : pausesMs[tries - 1];
      const status = isDelivered ? "DELIVERED" : retryInMs === undefined ? "FAILED" : "RETRYING";
      if (isDelivered) delivered++;
      report({ ...event, ...response, status, tries, ...(retryInMs !== undefined && { retryInMs }) });
      if (retryInMs === undefined) return;
      await pauseUntilAborted(retryInMs, closing.signal);
    }
  }

  return {
    add(event) {
      added++;
      const last = (lastOf.get(event.orderId) ?? Promise.resolve())
        .then(() => forward(event))
        .finally(() => {
          if (lastOf.get(event.orderId) === last) lastOf.delete(event.orderId);
        });
      lastOf.set(event.orderId, last);
    },
    async close() {
      closing.abort();
      await Promise.all(lastOf.values());
      return { delivered, left: added - delivered };
    },
  };
}

function pauseUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
