import { callProvider } from "./http-call.ts";
import type { Charge, ProviderOperation, OperationOutcome, Outcome, Provider } from "../rules/provider.ts";
import {
  cardFrom,
  chargeFrom,
  notUnderstood,
  operationFrom,
  paymentFrom,
  errorOf,
  saysMissing,
} from "./sandbox-responses.ts";
import { sandboxLedger } from "./sandbox-ledger.ts";

export type SandboxOptions = {
  /** What the provider's paths begin with, such as http://127.0.0.1:8090/psp/v1. */
  readonly url: string;
  readonly timeoutMs: number;
};

/** The sandbox's payment provider, over HTTP. */
export function sandboxProvider({ url, timeoutMs }: SandboxOptions): Provider {
  const get = (path: string) => callProvider(`${url}${path}`, { method: "GET", timeoutMs });
  const post = (path: string, key: string, body: object) =>
    callProvider(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(body),
      timeoutMs,
    });

  async function pay(charge: Charge, capture: boolean): Promise<Outcome> {
    const reply = await post("/payments", charge.paymentId, { ...bodyOf(charge), capture });
    return "kind" in reply ? reply : chargeFrom(reply, charge);
  }

  async function runOperation(operation: ProviderOperation): Promise<OperationOutcome> {
    const { id, kind, amount } = operation;
    const body = kind === "void" ? {} : { amount: Number(amount.minorUnits) };
    const reply = await post(`${pathOf(operation)}/${kind}s`, id, body);
    if ("kind" in reply) return reply;
    if (reply.status === 200) return operationFrom(reply, operation, "operation");
    // Declined, forbidden by what was done before, or about a payment it does not have: a clear no.
    const error = [402, 404, 409].includes(reply.status) ? errorOf(reply) : undefined;
    return error ? { kind: "failed", ...error } : notUnderstood(reply);
  }

  return {
    name: "sandbox",
    charge: (charge) => pay(charge, true),
    authorize: (charge) => pay(charge, false),
    capture: runOperation,
    void: runOperation,
    refund: runOperation,
    async find(ref) {
      const reply = await get(pathOf(ref));
      if ("kind" in reply) return reply;
      if (reply.status === 200) return paymentFrom(reply, ref);
      return saysMissing(reply, "payment_not_found") ? { kind: "missing" } : notUnderstood(reply);
    },
    // Its webhooks name the payment.
    findPaymentId: () => Promise.resolve({ kind: "missing" }),
    async findOperation(operation) {
      const reply = await get(`${pathOf(operation)}/operations/${encodeURIComponent(operation.id)}`);
      if ("kind" in reply) return reply;
      if (reply.status === 200) return operationFrom(reply, operation);
      const isMissing = saysMissing(reply, "operation_not_found") || saysMissing(reply, "payment_not_found");
      return isMissing ? { kind: "missing" } : notUnderstood(reply);
    },
    async describeCard(token) {
      const reply = await get(`/tokens/${encodeURIComponent(token)}`);
      if ("kind" in reply) return { ...reply, kind: "unreachable" };
      if (saysMissing(reply, "token_not_found")) return { kind: "invalid" };
      const card = reply.status === 200 ? cardFrom(reply) : undefined;
      return card ?? { ...notUnderstood(reply), kind: "unreachable" };
    },
    ledger: (range) => sandboxLedger({ url: ledgerUrl(url), timeoutMs }, range),
  };
}

function bodyOf({ paymentId, orderId, amount, token }: Charge): object {
  const { currency, minorUnits } = amount;
  return { payment_id: paymentId, order_id: orderId, amount: Number(minorUnits), currency, token };
}

function pathOf({ paymentId }: { readonly paymentId: string }): string {
  return `/payments/${encodeURIComponent(paymentId)}`;
}

/** The ledger stands beside the versioned paths: /psp/ledger next to /psp/v1. */
function ledgerUrl(url: string): string {
  return url.replace(/(\/v\d+)?\/?$/, "/ledger");
}
