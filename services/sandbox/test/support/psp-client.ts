import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../../../test/support/eventually.ts";
import type { Operation, Payment } from "../../src/psp/payment.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { findPayment, isTimeout, pay, type paymentRequest, type PspResponse } from "./sandbox-client.ts";

export type Applied = {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: {
    readonly operation: Operation;
    readonly payment: Payment;
    readonly error: { readonly code: string; readonly retryable: boolean };
  };
};

/** POST /psp/v1/payments/:id/captures, /voids or /refunds. */
export async function operate(
  sandbox: Sandbox,
  id: string,
  what: "captures" | "voids" | "refunds",
  body: unknown = {},
  { key = randomUUID(), signal = AbortSignal.timeout(15_000) }: { key?: string; signal?: AbortSignal } = {},
): Promise<Applied> {
  const response = await fetch(`${sandbox.pspUrl}/payments/${id}/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
    signal,
  });
  const replayed = response.headers.get("idempotent-replayed") === "true";
  return { status: response.status, replayed, body: (await response.json()) as Applied["body"] };
}

/** GET of a path of the provider's API. */
export async function get<Body>(sandbox: Sandbox, path: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(sandbox.pspUrl + path);
  return { status: response.status, body: (await response.json()) as Body };
}

/**
 * The response to a request, or `no response` where none came within 200 ms after the request was executed; then the
 * client disconnects. Time counts from `isDone`, since a slow machine may not have executed the request before.
 */
export async function responseOrNone<Result>(
  send: (signal: AbortSignal) => Promise<Result>,
  isDone: () => boolean | Promise<boolean>,
): Promise<Result | "no response"> {
  const hangUp = new AbortController();
  const response = send(hangUp.signal);
  const noResponse = eventually(isDone).then(() => delay(200, "no response" as const));
  try {
    return await Promise.race([response, noResponse]);
  } finally {
    hangUp.abort();
    await Promise.allSettled([response]);
  }
}

/** Pays with a token that charges without a response. */
export function payWithoutResponse(
  sandbox: Sandbox,
  request: ReturnType<typeof paymentRequest>,
  key: string = randomUUID(),
): Promise<PspResponse | "no response"> {
  return responseOrNone(
    (signal) => pay(sandbox, request, { key, signal }),
    async () => (await findPayment(sandbox, request.payment_id)).status === 200,
  );
}

/** The result of a call, `no response` after a time-out, `cut off` after a closed connection. */
export function resultOf<Result>(call: Promise<Result>): Promise<Result | "no response" | "cut off"> {
  return call.catch((error: unknown) => {
    if (isTimeout(error)) return "no response";
    if (error instanceof TypeError) return "cut off";
    throw error;
  });
}
