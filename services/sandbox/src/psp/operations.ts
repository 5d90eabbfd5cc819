import { HttpError } from "../http-error.ts";
import type { Change, Operation, Payment } from "./payment.ts";

/** What an operation is known by, and how much it is about. */
export type Asked = Pick<Operation, "id" | "key" | "amount" | "at">;

/** Takes held money; several captures may follow each other up to what is held. */
export function capture(payment: Payment, asked: Asked): Change {
  if (payment.status !== "authorized") throw wrongState(payment, "captured");
  const captured = payment.captured + asked.amount;
  if (captured > payment.authorized) {
    throw conflict("capture_exceeds_authorized", `${remaining(payment)} is left to be captured`);
  }
  const status = captured === payment.authorized ? "succeeded" : "authorized";
  return {
    payment: withOperation(
      { ...payment, status, captured },
      { ...asked, type: "capture", status: "succeeded" },
    ),
    moved: { type: "capture", amount: asked.amount },
    news: "payment.captured",
  };
}

/** Lets go of what is held and not captured, or stops waiting for the payer. */
export function voidRest(payment: Payment, asked: Omit<Asked, "amount">): Change {
  const { status, captured } = payment;
  if (status !== "authorized" && status !== "requires_action") throw wrongState(payment, "voided");
  const amount = remaining(payment);
  return {
    payment: withOperation(
      { ...payment, status: captured > 0 ? "succeeded" : "voided" },
      { ...asked, amount, type: "void", status: "succeeded" },
    ),
    ...(status === "authorized" && { moved: { type: "void", amount } }),
    news: "payment.voided",
  };
}

/** Begins to give captured money back; what is pending counts against what can go back. */
export function beginRefund(payment: Payment, asked: Asked): Change {
  if (payment.captured === 0) throw wrongState(payment, "refunded");
  const left = payment.captured - payment.refunded - pendingRefunds(payment);
  if (asked.amount > left) throw conflict("refund_exceeds_captured", `${left} is left to be refunded`);
  return { payment: withOperation(payment, { ...asked, type: "refund", status: "pending" }) };
}

/** Ends a pending refund: the money is back, or, where there is a failure, it never will be. */
export function settleRefund(payment: Payment, operationId: string, failure_code?: string): Change {
  const pending = payment.operations.find(({ id, status }) => id === operationId && status === "pending");
  if (!pending) throw new Error(`no pending refund ${operationId}`);
  const { amount } = pending;
  const settled: Operation =
    failure_code === undefined
      ? { ...pending, status: "succeeded" }
      : { ...pending, status: "failed", failure_code };
  const operations = payment.operations.map((operation) => (operation === pending ? settled : operation));
  if (failure_code !== undefined) return { payment: { ...payment, operations }, news: "refund.failed" };
  return {
    payment: { ...payment, operations, refunded: payment.refunded + amount },
    moved: { type: "refund", amount },
    news: "refund.succeeded",
  };
}

/** A payment with all of them has to fit into an answer of 64 KB. */
const mostOperations = 200;

function withOperation(payment: Payment, operation: Operation): Payment {
  if (payment.operations.length >= mostOperations) {
    throw conflict("too_many_operations", `a payment has at most ${mostOperations} operations`);
  }
  return { ...payment, operations: [...payment.operations, operation] };
}

/** What is neither captured nor let go. */
function remaining({ amount, captured }: Payment): number {
  return amount - captured;
}

function pendingRefunds({ operations }: Payment): number {
  return operations.reduce((sum, { type, status, amount }) => {
    return type === "refund" && status === "pending" ? sum + amount : sum;
  }, 0);
}

function wrongState({ status }: Payment, wanted: string): HttpError {
  return conflict("wrong_state", `a payment that is ${status} cannot be ${wanted}`);
}

function conflict(code: string, message: string): HttpError {
  return new HttpError(409, code, message);
}
