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
  ProviderDispute,
} from "../rules/provider.ts";
import { cardShape, codeShape, textShape, urlShape } from "./shapes.ts";
import { disputeFrom, disputeShape } from "./sandbox-dispute.ts";
import type { Card } from "../rules/payment.ts";

/** Reads the outcome of a charge or authorization. */
export function chargeFrom(reply: Reply, charge: Charge): Outcome {
  if (reply.status !== 402) return paymentFrom(reply, charge);
  const error = errorOf(reply);
  const { data } = declinedPayment.safeParse(reply.json);
  const transactionId = data?.payment.payment_id === charge.paymentId ? data.payment.id : undefined;
  return error ? { kind: "declined", ...error, transactionId } : notUnderstood(reply);
}

/** Reads a payment's state. Contradictory sums count as no response. */
export function paymentFrom(reply: Reply, { paymentId }: PaymentRef): Outcome & Sums {
  const { data } = reply.status === 200 ? payment.safeParse(reply.json) : {};
  const sums = data && sumsOf(data);
  if (!sums || data.payment_id !== paymentId) return notUnderstood(reply);
  const { id: transactionId, card } = data;
  const { authorized, captured, refunded } = sums;
  const dispute = data.dispute && disputeFrom(data.dispute, data.currency);
  switch (data.status) {
    case "succeeded":
      return {
        kind: "approved",
        transactionId,
        amount: captured,
        authorized,
        captured,
        refunded,
        card,
        dispute,
      };
    case "authorized":
      return { kind: "authorized", transactionId, amount: authorized, captured, refunded, card, dispute };
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

/** Reads an operation's outcome; the reply to a request has it `within` a field, beside the payment. */
export function operationFrom(
  reply: Reply,
  requested: ProviderOperation,
  within?: "operation",
): OperationOutcome {
  const json = within ? envelope.safeParse(reply.json).data?.[within] : reply.json;
  const { data } = operation.safeParse(json);
  if (!data || data.key !== requested.id || data.type !== requested.kind) return notUnderstood(reply);
  const transactionId = data.id;
  switch (data.status) {
    case "succeeded": {
      const amount = amountOf(requested.amount.currency, data.amount);
      return amount ? { kind: "succeeded", transactionId, amount } : notUnderstood(reply);
    }
    case "pending":
      return { kind: "pending", transactionId };
    case "failed": {
      const [code, retryable] = [data.failure_code ?? "failed", data.retryable ?? false];
      return { kind: "failed", code, reason: "The provider could not perform it.", retryable };
    }
  }
}

/** Returns the reply's error; undefined without one, or if it is about the idempotency key. */
export function errorOf({ json }: Reply): SandboxError | undefined {
  const error = errorReply.safeParse(json).data?.error;
  if (!error || error.code.startsWith("idempotency_")) return undefined;
  return { code: error.code, reason: error.message, retryable: error.retryable };
}

type SandboxError = { readonly code: string; readonly reason: string; readonly retryable: boolean };

/** Whether the provider has no such object. A 404 alone may come from a proxy. */
export function saysMissing({ status, json }: Reply, code: string): boolean {
  return status === 404 && errorCode.safeParse(json).data?.error.code === code;
}

/** Reads a card display, if there is one. */
export function cardFrom({ json }: Reply): Card | undefined {
  return cardShape.safeParse(json).data;
}

/** The outcome for a reply of another shape: no response. A status from 500 up is an outage. */
export function notUnderstood({ status }: Reply): NoResponse {
  return {
    kind: "unknown",
    why: `a reply of another shape, HTTP ${status}`,
    isOutage: status >= 500,
  };
}

type Sums = {
  readonly captured?: Money | undefined;
  readonly refunded?: Money | undefined;
  readonly dispute?: ProviderDispute | undefined;
};

function sumsOf(reply: z.output<typeof payment>) {
  const { currency, status } = reply;
  const wasHeld = status === "succeeded" || status === "authorized";
  const authorized = amountOf(currency, reply.authorized ?? (wasHeld ? reply.amount : 0));
  const captured = amountOf(currency, reply.captured ?? (status === "succeeded" ? reply.amount : 0));
  const refunded = amountOf(currency, reply.refunded ?? 0);
  if (!authorized || !captured || !refunded) return undefined;
  if (compare(captured, authorized) > 0 || compare(refunded, captured) > 0) return undefined;
  return { authorized, captured, refunded };
}

function amountOf(currency: string, minorUnits: number): Money | undefined {
  try {
    return money(currency, BigInt(minorUnits));
  } catch {
    // An unknown currency: the whole reply counts as no response.
    return undefined;
  }
}

const sum = z.int().min(0);
const errorCode = z.object({ error: z.object({ code: codeShape }) });
const errorReply = z.object({
  error: z.object({ code: codeShape, message: textShape, retryable: z.boolean() }),
});
const declinedPayment = z.object({ payment: z.object({ id: codeShape, payment_id: z.string() }) });
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
  dispute: disputeShape.optional(),
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
