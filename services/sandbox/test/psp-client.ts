import { randomUUID } from "node:crypto";
import type { Operation, Payment } from "../src/psp/payment.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { isTimeout } from "./sandbox-client.ts";

export type Done = {
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
  { key = randomUUID(), timeoutMs = 5_000 }: { key?: string; timeoutMs?: number } = {},
): Promise<Done> {
  const response = await fetch(`${sandbox.pspUrl}/payments/${id}/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const replayed = response.headers.get("idempotent-replayed") === "true";
  return { status: response.status, replayed, body: (await response.json()) as Done["body"] };
}

/** GET of anything of the provider. */
export async function get<Body>(sandbox: Sandbox, path: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(sandbox.pspUrl + path);
  return { status: response.status, body: (await response.json()) as Body };
}

/** What came of a call: its result, `silence` where it took too long, `cut off` where the connection ended. */
export function resultOf<Result>(call: Promise<Result>): Promise<Result | "silence" | "cut off"> {
  return call.catch((error: unknown) => {
    if (isTimeout(error)) return "silence";
    if (error instanceof TypeError) return "cut off";
    throw error;
  });
}
