/** An event on its way to an endpoint. */
export type Delivery = {
  readonly id: string;
  readonly endpointId: string;
  readonly orderId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: DeliveryStatus;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
};

export type DeliveryStatus = "PENDING" | "DELIVERED" | "FAILED";

/** One request to an endpoint: the response's status, or why there was no response. */
export type Attempt = {
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly durationMs: number;
};

/** An attempt, and the pause that its response requests. */
export type Response = Attempt & { readonly retryAfterMs?: number | undefined };

/** What an attempt makes of its delivery. */
export type Outcome =
  | { readonly status: "DELIVERED" }
  | { readonly status: "FAILED"; readonly isGone: boolean }
  | {
      readonly status: "PENDING";
      readonly pauseMs: number;
      /** How long nothing is sent to the endpoint at all; undefined if its response requests none. */
      readonly endpointPauseMs: number | undefined;
    };

/** When attempts follow each other. */
export type Schedule = {
  /** The longest pause after the first attempt, the second one and so on; after further attempts the last. */
  readonly pausesMs: readonly [number, ...number[]];
  /** How long after its first attempt a delivery fails. */
  readonly failAfterMs: number;
};

/** The attempts before the one that is decided on, and the time since the first of them. */
export type Earlier = { readonly tries: number; readonly sinceFirstMs: number };

/**
 * Decides by an attempt: delivered by 2xx, failed by 410 or when its time is over, else attempted again after a pause,
 * for the last time when its time is over. `random` is from 0 to 1: receivers that failed together are not called together
 * again.
 */
export function outcomeOf(
  { statusCode, retryAfterMs }: Response,
  { tries, sinceFirstMs }: Earlier,
  { pausesMs, failAfterMs }: Schedule,
  random: number,
): Outcome {
  if (statusCode !== null && statusCode >= 200 && statusCode < 300) return { status: "DELIVERED" };
  if (statusCode === 410) return { status: "FAILED", isGone: true };
  if (sinceFirstMs >= failAfterMs) return { status: "FAILED", isGone: false };
  const longestMs = pausesMs[Math.min(tries, pausesMs.length - 1)]!;
  const endpointPauseMs = retryAfterMs && Math.min(retryAfterMs, Math.max(...pausesMs));
  const pauseMs = Math.max(random * longestMs, endpointPauseMs ?? 0);
  return { status: "PENDING", pauseMs: Math.min(pauseMs, failAfterMs - sinceFirstMs), endpointPauseMs };
}

const dataField = `"data":`;

/** A webhook's body with other data. */
export function withData(payload: string, change: (json: string) => string): string {
  const start = payload.indexOf(dataField) + dataField.length;
  return `${payload.slice(0, start)}${change(payload.slice(start, -1))}}`;
}

/** The body of a webhook. `data` is the event's JSON text, with the exact decimals of its amounts. */
export function payloadOf({ type, time, json }: { type: string; time: Date; json: string }): string {
  return `{"type":${JSON.stringify(type)},"timestamp":"${time.toISOString()}",${dataField}${json}}`;
}
