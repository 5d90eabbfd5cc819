import { compare, money, type Money } from "@till/money";
import { z } from "zod";
import type { Reply } from "./http-call.ts";
import type {
  Charge,
  NoResponse,
  ProviderOperation,
  OperationOutcome,
  Outcome,
  PaymentRef,
} from "../rules/provider.ts";
import { cardShape, codeShape, textShape, urlShape } from "./shapes.ts";
import type { Card } from "../rules/payment.ts";

/** What the sandbox made of a charge or a hold. */
export function chargeFrom(reply: Reply, charge: Charge): Outcome {
  if (reply.status !== 402) return paymentFrom(reply, charge);
  const refused = refusalOf(reply);
  const { data } = refusedPayment.safeParse(reply.json);
  const transactionId = data?.payment.payment_id === charge.paymentId ? data.payment.id : undefined;
  return refused ? { kind: "declined", ...refused, transactionId } : notUnderstood(reply);
}

/** How a payment stands with the sandbox; anything that does not add up is not understood. */
export function paymentFrom(reply: Reply, { paymentId }: PaymentRef): Outcome & Sums {
  const { data } = reply.status === 200 ? payment.safeParse(reply.json) : {};
  const sums = data && sumsOf(data);
  if (!sums || data.payment_id !== paymentId) return notUnderstood(reply);
  const { id: transactionId, card } = data;
  const { authorized, captured, refunded } = sums;
  switch (data.status) {
    case "succeeded":
      return { kind: "approved", transactionId, amount: captured, authorized, captured, refunded, card };
    case "authorized":
      return { kind: "authorized", transactionId, amount: authorized, captured, refunded, card };
    case "requires_action":
      if (!data.action_url) return notUnderstood(reply);
      return { kind: "requires-action", transactionId, url: data.action_url };
    case "voided":
      return { kind: "voided", transactionId };
    case "declined": {
      if (!data.decline_code) return notUnderstood(reply);
      const [code, retryable] = [data.decline_code, data.retryable ?? false];
      return { kind: "declined", transactionId, code, reason: "The provider declined.", retryable };
    }
  }
}

/** What became of an operation; the answer to a request has it `within` a field, beside the payment. */
export function operationFrom(
  reply: Reply,
  asked: ProviderOperation,
  within?: "operation",
): OperationOutcome {
  const json = within ? envelope.safeParse(reply.json).data?.[within] : reply.json;
  const { data } = operation.safeParse(json);
  if (!data || data.key !== asked.id || data.type !== asked.kind) return notUnderstood(reply);
  const transactionId = data.id;
  switch (data.status) {
    case "succeeded": {
      const amount = amountOf(asked.amount.currency, data.amount);
      return amount ? { kind: "succeeded", transactionId, amount } : notUnderstood(reply);
    }
    case "pending":
      return { kind: "pending", transactionId };
    case "failed": {
      const [code, retryable] = [data.failure_code ?? "failed", data.retryable ?? false];
      return { kind: "failed", code, reason: "The provider could not carry it out.", retryable };
    }
  }
}

/** A refusal with its reason; undefined where the answer gives none, or is about the key and not about the request. */
export function refusalOf({ json }: Reply): Refusal | undefined {
  const error = refusal.safeParse(json).data?.error;
  if (!error || error.code.startsWith("idempotency_")) return undefined;
  return { code: error.code, reason: error.message, retryable: error.retryable };
}

type Refusal = { readonly code: string; readonly reason: string; readonly retryable: boolean };

/** Any proxy answers 404; only the provider knows that it has no such thing. */
export function saysMissing({ status, json }: Reply, code: string): boolean {
  return status === 404 && refusalCode.safeParse(json).data?.error.code === code;
}

/** What the sandbox says of a card, if that is understood. */
export function cardFrom({ json }: Reply): Card | undefined {
  return cardShape.safeParse(json).data;
}

/** The answer to whatever is not understood. A server that is in trouble says so by its status. */
export function notUnderstood({ status }: Reply): NoResponse {
  return {
    kind: "unknown",
    why: `an answer that is not understood, HTTP ${status}`,
    isOutage: status >= 500,
  };
}

type Sums = { readonly captured?: Money | undefined; readonly refunded?: Money | undefined };

function sumsOf(said: z.output<typeof payment>) {
  const { currency, status } = said;
  const wasHeld = status === "succeeded" || status === "authorized";
  const authorized = amountOf(currency, said.authorized ?? (wasHeld ? said.amount : 0));
  const captured = amountOf(currency, said.captured ?? (status === "succeeded" ? said.amount : 0));
  const refunded = amountOf(currency, said.refunded ?? 0);
  if (!authorized || !captured || !refunded) return undefined;
  if (compare(captured, authorized) > 0 || compare(refunded, captured) > 0) return undefined;
  return { authorized, captured, refunded };
}

function amountOf(currency: string, minorUnits: number): Money | undefined {
  try {
    return money(currency, BigInt(minorUnits));
  } catch {
    // Not an amount we know how to read: the answer as a whole is not understood.
    return undefined;
  }
}

const sum = z.int().min(0);
const refusalCode = z.object({ error: z.object({ code: codeShape }) });
const refusal = z.object({
  error: z.object({ code: codeShape, message: textShape, retryable: z.boolean() }),
});
const refusedPayment = z.object({ payment: z.object({ id: codeShape, payment_id: z.string() }) });
const envelope = z.object({ operation: z.unknown() });
const payment = z.object({
  id: codeShape,
  payment_id: z.string(),
  status: z.enum(["requires_action", "authorized", "succeeded", "declined", "voided"]),
  amount: z.int().positive(),
  currency: z.string(),
  authorized: sum.optional(),
  captured: sum.optional(),
  refunded: sum.optional(),
  decline_code: codeShape.optional(),
  retryable: z.boolean().optional(),
  action_url: urlShape.optional(),
  card: cardShape.optional(),
});
const operation = z.object({
  id: codeShape,
  key: z.string(),
  type: z.enum(["capture", "void", "refund"]),
  amount: sum,
  status: z.enum(["pending", "succeeded", "failed"]),
  failure_code: codeShape.optional(),
  retryable: z.boolean().optional(),
});
