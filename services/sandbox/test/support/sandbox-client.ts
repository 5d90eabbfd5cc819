import { createLog, createMetrics } from "@till/telemetry";
import { randomUUID } from "node:crypto";
import type { LedgerEntry } from "../../src/psp/ledger.ts";
import type { Payment } from "../../src/psp/payment.ts";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox.ts";

/** A sandbox on free ports, which logs nothing. */
export function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  return startSandbox({
    host: "127.0.0.1",
    grpcPort: 0,
    httpPort: 0,
    load: true,
    log: createLog({ service: "sandbox", level: "silent" }),
    metrics: createMetrics({ service: "sandbox" }),
    ...options,
  });
}

/** A bearer token from GET /token. */
export async function tokenOf(sandbox: Sandbox, query: string): Promise<string> {
  return (await fetch(`${sandbox.tokenUrl}?${query}`)).text();
}

/** A payment request of EUR 49.00 with fresh ids, with changes. */
export function paymentRequest(changes: Record<string, unknown> = {}) {
  const [payment_id, order_id] = [randomUUID(), randomUUID()];
  return {
    payment_id,
    order_id,
    amount: 4900,
    currency: "EUR",
    token: "tok_approve",
    capture: true,
    ...changes,
  };
}

export type PspResponse = { readonly status: number; readonly replayed: boolean; readonly body: PspBody };

export type PspBody = Payment & {
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean };
  readonly payment: Payment;
};

/** POST /psp/v1/payments. */
export async function pay(
  sandbox: Sandbox,
  request: unknown,
  { key = randomUUID(), signal = AbortSignal.timeout(15_000) }: { key?: string; signal?: AbortSignal } = {},
): Promise<PspResponse> {
  const response = await fetch(`${sandbox.pspUrl}/payments`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: typeof request === "string" ? request : JSON.stringify(request),
    signal,
  });
  const replayed = response.headers.get("idempotent-replayed") === "true";
  return { status: response.status, replayed, body: (await response.json()) as PspBody };
}

/** Whether an error is a client time-out. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

/** GET /psp/v1/payments/:id. */
export async function findPayment(sandbox: Sandbox, id: string): Promise<{ status: number; body: PspBody }> {
  const response = await fetch(`${sandbox.pspUrl}/payments/${id}`);
  return { status: response.status, body: (await response.json()) as PspBody };
}

/** GET /psp/ledger. */
export async function ledgerOf(sandbox: Sandbox, query = ""): Promise<LedgerEntry[]> {
  const response = await fetch(`${sandbox.ledgerUrl}?${query}`);
  return ((await response.json()) as { entries: LedgerEntry[] }).entries;
}
