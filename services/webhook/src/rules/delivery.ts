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

/** What an attempt makes of its delivery. */
export type Outcome =
  | { readonly status: "DELIVERED" }
  | { readonly status: "FAILED"; readonly isGone: boolean }
  | { readonly status: "PENDING"; readonly pauseMs: number };

/**
 * Decides by an attempt and the number of `tries` before it: delivered by 2xx, failed by 410 or when the pauses are used
 * up, else attempted again after the next pause.
 */
export function outcomeOf({ statusCode }: Attempt, tries: number, pausesMs: readonly number[]): Outcome {
  if (statusCode !== null && statusCode >= 200 && statusCode < 300) return { status: "DELIVERED" };
  if (statusCode === 410) return { status: "FAILED", isGone: true };
  const pauseMs = pausesMs[tries];
  return pauseMs === undefined ? { status: "FAILED", isGone: false } : { status: "PENDING", pauseMs };
}

/** The body of a webhook. `data` is the event's JSON text, with the exact decimals of its amounts. */
export function payloadOf({ type, time, json }: { type: string; time: Date; json: string }): string {
  return `{"type":${JSON.stringify(type)},"timestamp":"${time.toISOString()}","data":${json}}`;
}
