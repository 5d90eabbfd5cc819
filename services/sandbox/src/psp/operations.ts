import { HttpError } from "../http-error.ts";
import type { Change, Operation, Payment } from "./payment.ts";

/** The id, idempotency key, amount and time of an operation to run. */
export type OperationRequest = Pick<Operation, "id" | "key" | "amount" | "at">;

/** Captures authorized money; partial captures may add up to the authorized amount. */
export function capture(payment: Payment, request: OperationRequest): Change {
  if (payment.status !== "authorized") throw wrongState(payment, "captured");
  const captured = payment.captured + request.amount;
  if (captured > payment.authorized) {
    throw conflict("capture_exceeds_authorized", `${uncaptured(payment)} is left to be captured`);
  }
  const status = captured === payment.authorized ? "succeeded" : "authorized";
  return {
    payment: withOperation(
      { ...payment, status, captured },
      { ...request, type: "capture", status: "succeeded" },
    ),
    movement: { type: "capture", amount: request.amount },
    event: "payment.captured",
  };
}

/** Voids the uncaptured rest of an authorization, or a payment that waits for its payer. */
export function voidRemaining(payment: Payment, request: Omit<OperationRequest, "amount">): Change {
  const { status, captured } = payment;
  if (status !== "authorized" && status !== "requires_action") throw wrongState(payment, "voided");
  const amount = uncaptured(payment);
  return {
    payment: withOperation(
      { ...payment, status: captured > 0 ? "succeeded" : "voided" },
      { ...request, amount, type: "void", status: "succeeded" },
    ),
    ...(status === "authorized" && { movement: { type: "void", amount } }),
    event: "payment.voided",
  };
}

/** Begins a refund of captured money as pending; pending refunds reduce what can be refunded. */
export function beginRefund(payment: Payment, request: OperationRequest): Change {
  if (payment.captured === 0) throw wrongState(payment, "refunded");
  if (payment.dispute && payment.dispute.state !== "won") {
    throw conflict("charge_disputed", "a disputed payment cannot be refunded");
  }
  const left = payment.captured - payment.refunded - pendingRefunds(payment);
  if (request.amount > left) throw conflict("refund_exceeds_captured", `${left} is left to be refunded`);
  return { payment: withOperation(payment, { ...request, type: "refund", status: "pending" }) };
}

/** Completes a pending refund: it succeeds, or fails where a failure code is given. */
export function completeRefund(payment: Payment, operationId: string, failure_code?: string): Change {
  const pending = payment.operations.find(({ id, status }) => id === operationId && status === "pending");
  if (!pending) throw new Error(`no pending refund ${operationId}`);
  const { amount } = pending;
  const completed: Operation =
    failure_code === undefined
      ? { ...pending, status: "succeeded" }
      : { ...pending, status: "failed", failure_code };
  const operations = payment.operations.map((operation) => (operation === pending ? completed : operation));
  if (failure_code !== undefined) return { payment: { ...payment, operations }, event: "refund.failed" };
  return {
    payment: { ...payment, operations, refunded: payment.refunded + amount },
    movement: { type: "refund", amount },
    event: "refund.succeeded",
  };
}

/** Fails a refund that had succeeded: its money is back with the merchant. */
export function failSucceededRefund(payment: Payment, operationId: string, failure_code: string): Change {
  const refund = payment.operations.find(({ id }) => id === operationId);
  if (refund?.type !== "refund" || refund.status !== "succeeded") {
    throw new Error(`no succeeded refund ${operationId}`);
  }
  const failed: Operation = { ...refund, status: "failed", failure_code };
  const operations = payment.operations.map((operation) => (operation === refund ? failed : operation));
  return {
    payment: { ...payment, operations, refunded: payment.refunded - refund.amount },
    movement: { type: "charge", amount: refund.amount, cause: "refund_failed" },
    event: "refund.failed",
  };
}

/** A payment with all its operations has to fit into a response of 64 KB. */
const maxOperations = 200;

function withOperation(payment: Payment, operation: Operation): Payment {
  if (payment.operations.length >= maxOperations) {
    throw conflict("too_many_operations", `a payment has at most ${maxOperations} operations`);
  }
  return { ...payment, operations: [...payment.operations, operation] };
}

function uncaptured({ amount, captured }: Payment): number {
  return amount - captured;
}

function pendingRefunds({ operations }: Payment): number {
  return operations.reduce((sum, { type, status, amount }) => {
    return type === "refund" && status === "pending" ? sum + amount : sum;
  }, 0);
}

function wrongState({ status }: Payment, participle: string): HttpError {
  return conflict("wrong_state", `a payment that is ${status} cannot be ${participle}`);
}

function conflict(code: string, message: string): HttpError {
  return new HttpError(409, code, message);
}
