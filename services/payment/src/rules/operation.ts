import type { RequestKey } from "@till/rpc/request-key";
import { add, subtract, zero, type Money } from "@till/money";
import { recordChange, type Context, type Decision } from "./decision.ts";
import type { Operation, Payment } from "./payment.ts";

/** A new operation; `leaseExpiresAt` is set if its caller calls the provider itself. */
export type NewOperation = {
  readonly id: string;
  readonly scope?: string | undefined;
  readonly orderRefundId?: string | undefined;
  readonly request?: RequestKey | undefined;
  readonly reason?: string | undefined;
  readonly leaseExpiresAt?: Date | undefined;
};

/** Begins an operation without checks; the sums are still guarded by the schema. */
export function begin(
  payment: Payment,
  kind: Operation["kind"],
  amount: Money,
  given: NewOperation,
  context: Context,
): Decision {
  const operation = newOperation(payment, kind, amount, given, context);
  const entry = `${kind.toUpperCase()}_REQUESTED`;
  const reason = operation.reason || operation.scope || "";
  const change = reserved(payment, operation, add);
  return withOperation(recordChange(payment, { ...context, entry, reason, amount, change }), operation);
}

export function newOperation(
  { id: paymentId, userId, orderId }: Payment,
  kind: Operation["kind"],
  amount: Money,
  { id, scope, orderRefundId, request, reason = "", leaseExpiresAt }: NewOperation,
  { now }: Context,
): Operation {
  return {
    ...{ id, paymentId, userId, orderId, kind, status: "PENDING", amount },
    ...{ scope, orderRefundId, request, reason, leaseExpiresAt, createdAt: now, updatedAt: now },
    ...{ transactionId: undefined, failure: undefined },
  };
}

/** The payment's pending amounts after an operation's amount is added or subtracted. */
export function reserved(
  { capturePending, refundPending }: Payment,
  { kind, amount }: Operation,
  by: typeof add,
): Partial<Payment> {
  if (kind === "capture") return { capturePending: by(capturePending, amount) };
  return kind === "refund" ? { refundPending: by(refundPending, amount) } : {};
}

/** Adds an operation's new state to a decision. */
export function withOperation(decision: Decision, operation: Operation): Decision {
  const { operations } = decision.payment;
  const isKnown = operations.some(({ id }) => id === operation.id);
  const now = isKnown
    ? operations.map((one) => (one.id === operation.id ? operation : one))
    : [...operations, operation];
  const payment = { ...decision.payment, operations: now };
  // Events have the payment as it is after the whole change.
  const events = decision.events.map((event) => ({ ...event, payment }));
  return { ...decision, payment, events, operations: [...decision.operations, operation] };
}

export function operationOf(payment: Payment, id: string): Operation {
  const operation = payment.operations.find((one) => one.id === id);
  if (!operation) throw new Error(`payment ${payment.id} has no operation ${id}`);
  return operation;
}

/** What successful refunds have refunded: `refunded` without money that disputes withdrew. */
export function refundedByRefunds({ amount, operations }: Payment): Money {
  return operations
    .filter(({ kind, status }) => kind === "refund" && status === "SUCCEEDED")
    .reduce((sum, refund) => add(sum, refund.amount), zero(amount.currency));
}

/** The operation that was begun for this scope, whatever its status. */
export function operationFor(payment: Payment, scope: string): Operation | undefined {
  return payment.operations.find((one) => one.scope === scope);
}

export function hasOpenOperation({ operations }: Payment): boolean {
  return operations.some(({ status }) => status === "PENDING");
}

/** Whether it was captured: it is or was refundable. */
export function isPaid({ status }: Payment): boolean {
  return status === "PROCESSED" || status === "PARTIALLY_REFUNDED" || status === "REFUNDED";
}

export function capturable({ authorized, captured, capturePending }: Payment): Money {
  return subtract(subtract(authorized, captured), capturePending);
}

export function refundable({ captured, refunded, refundPending }: Payment): Money {
  return subtract(subtract(captured, refunded), refundPending);
}
