import { add, compare, moneyToDecimal, subtract, zero, type Money } from "@till/money";
import { approvedAmount, type Approval } from "./approved-amount.ts";
import {
  illegalTransition,
  recordChange,
  transition,
  unchanged,
  type Context,
  type Decision,
} from "./decision.ts";
import { requireReturnable, type ReturnPolicy } from "./fulfil.ts";
import { historyEntry } from "./history-entry.ts";
import { whyDisputed } from "./dispute.ts";
import type { Order, OrderStatus, Refund, RefundLine } from "./order.ts";
import { isOvertaken, refundable, refundableOfLine } from "./refundable.ts";
import { dueRefundStatuses, type Trigger } from "./transitions.ts";

type RefundPolicy = ReturnPolicy & {
  /** Whether refunds may be requested in PAID alone. */
  readonly refundOnlyPaid: boolean;
};

type RefundRequest = { readonly id: string; readonly reason: string; readonly policy: RefundPolicy };

/**
 * Requests a refund. Changes nothing while a request is open; after a rejection it is a new request. Throws
 * ILLEGAL_TRANSITION or RETURN_WINDOW_CLOSED.
 */
export function requestRefund(
  order: Order,
  { id, reason, policy }: RefundRequest,
  context: Context,
): Decision {
  if (order.status === "REFUND_REQUESTED" && openRequest(order)) return unchanged(order);
  const refund: Refund = { id, state: "REQUESTED", reason, amount: undefined, items: [], remark: "" };
  const recorded = { ...context, ...historyEntry("REFUND_REQUESTED", { refund_id: id }), reason };
  const events = (next: Order) => [{ type: "order.refund_requested", order: next } as const];
  if (order.status === "REFUND_REQUESTED") {
    return recordChange(order, { ...recorded, change: { refund } }, events);
  }
  if (order.total.minorUnits === 0n) {
    throw illegalTransition(order, "REFUND_REQUESTED", "nothing was paid for this order: cancel it");
  }
  if (policy.refundOnlyPaid && order.status !== "PAID") {
    throw illegalTransition(order, "REFUND_REQUESTED", "refunds are granted for orders in PAID alone");
  }
  requireUndisputed(order, "REFUND_REQUESTED");
  const change = { refund, priorStatus: order.status };
  const to = "REFUND_REQUESTED";
  const decision = transition(order, { to, trigger: "RequestRefund", ...recorded, change }, events);
  requireReturnable(order, policy, context.now);
  return decision;
}

/**
 * Approves the open request. Throws ILLEGAL_TRANSITION, CURRENCY_MISMATCH, INVALID_ARGUMENT or REFUND_EXCEEDS_CAPTURED, as
 * `approvedAmount` does.
 */
export function approveRefund(order: Order, approval: Approval, context: Context): Decision {
  if (order.status === "REFUND_PENDING" && order.refund?.state === "APPROVED") return unchanged(order);
  requireUndisputed(order, "REFUND_PENDING");
  const request = requireOpenRequest(order, "REFUND_PENDING");
  const amount = approvedAmount(order, approval);
  const { items, deliveryAmount } = approval;
  const refund: Refund = { ...request, state: "APPROVED", amount, items, deliveryAmount };
  return approve(order, refund, "ApproveRefund", { ...context, entry: "REFUND_APPROVED" });
}

/** Rejects the open request; the order keeps its status. Throws ILLEGAL_TRANSITION. */
export function rejectRefund(order: Order, remark: string, context: Context): Decision {
  if (order.status === "REFUND_REQUESTED" && order.refund?.state === "REJECTED") return unchanged(order);
  const request = requireOpenRequest(order, "REFUND_REQUESTED");
  const refund: Refund = { ...request, state: "REJECTED", reason: "", remark };
  const entry = historyEntry("REFUND_REJECTED", { refund_id: refund.id });
  const recorded = { ...context, ...entry, reason: remark, change: { refund } };
  return recordChange(order, recorded, (next) => [{ type: "order.refund_rejected", order: next }]);
}

/** Closes the refund request: the order returns to the status before it. Throws ILLEGAL_TRANSITION. */
export function closeRefund(order: Order, reason: string, context: Context): Decision {
  // A rejected request stays REJECTED.
  const isEnded = order.refund?.state === "CLOSED" || order.refund?.state === "REJECTED";
  if (isEnded && order.priorStatus === undefined && order.status !== "REFUNDED") return unchanged(order);
  if (order.status !== "REFUND_REQUESTED" || !order.priorStatus) {
    throw illegalTransition(order, order.priorStatus ?? "PAID", "no refund is requested");
  }
  const refund =
    order.refund?.state === "REQUESTED" ? { ...order.refund, state: "CLOSED" as const } : order.refund;
  const change = { refund, priorStatus: undefined };
  const entry = historyEntry("REFUND_CLOSED", { refund_id: refund?.id });
  const recorded = { ...context, ...entry, reason, change };
  return transition(order, { to: order.priorStatus, trigger: "CloseRefund", ...recorded });
}

/**
 * Starts the refund of a cancelled or returned order, of lines, or of what a refund that failed after its success owes:
 * it needs no approval. Changes nothing where none is due.
 */
export function startRefund(order: Order, { id, retryMs }: StartRefund, context: Context): Decision {
  if (!isRefundDue(order)) return unchanged(order);
  const hasJustFailed =
    order.refund?.state === "FAILED" && order.updatedAt.getTime() + retryMs > context.now.getTime();
  if (hasJustFailed && !isOvertaken(order)) return unchanged(order);
  const refund: Refund = { id, state: "APPROVED", remark: "", ...dueRefund(order) };
  return approve(order, refund, "refund started", { ...context, entry: "REFUND_STARTED" });
}

type StartRefund = { readonly id: string; readonly retryMs: number };

/** Whether money is to be refunded without a request. */
export function isRefundDue(order: Order): boolean {
  return dueRefund(order).amount.minorUnits > 0n;
}

type DueRefund = Pick<Refund, "reason" | "items" | "dueAmount"> & { readonly amount: Money };

function dueRefund(order: Order): DueRefund {
  const { status, cancelReason } = order;
  if (status === "CANCELLED" || status === "RETURNED") {
    const reason = status === "CANCELLED" ? `cancelled: ${cancelReason}` : "returned";
    return { reason, amount: refundable(order), items: [] };
  }
  const none = zero(order.total.currency);
  const canStart = dueRefundStatuses.some((one) => one === status);
  if (!canStart) return { reason: "", amount: none, items: [] };
  const items = refundsOfLines(order);
  const ofLines = items.map((line) => line.amount).reduce(add, none);
  const dueAmount = order.refundDue && lesser(order.refundDue, subtract(refundable(order), ofLines));
  const why = [
    ...new Set(items.map(({ itemId }) => whyDue(order, itemId))),
    ...(dueAmount ? ["a refund failed after it had succeeded"] : []),
  ];
  return { reason: why.join("; "), amount: add(ofLines, dueAmount ?? none), items, dueAmount };
}

function whyDue({ items }: Order, lineId: string): string {
  const line = items.find(({ id }) => id === lineId);
  return line?.kind === "SESSION" ? "booking cancelled" : "bought again during a dispute";
}

/** What is due for lines of which seats were cancelled or which were bought again, as far as the order has money left. */
function refundsOfLines(order: Order): RefundLine[] {
  let left = refundable(order);
  return order.items.flatMap((item) => {
    if (!item.refundDue) return [];
    const amount = [item.refundDue, refundableOfLine(item), left].reduce(lesser);
    left = subtract(left, amount);
    return amount.minorUnits > 0n ? [{ itemId: item.id, amount }] : [];
  });
}

function lesser(a: Money, b: Money): Money {
  return compare(a, b) <= 0 ? a : b;
}

type Approved = Context & { readonly entry: "REFUND_APPROVED" | "REFUND_STARTED" };

function approve(order: Order, refund: Refund, trigger: Trigger, { entry, ...context }: Approved): Decision {
  const change = { refund, priorStatus: order.priorStatus ?? order.status };
  const { id, reason, amount } = refund;
  const lines = refund.items.map((line) => ({ item_id: line.itemId, amount: moneyToDecimal(line.amount) }));
  const payload = {
    refund_id: id,
    items: lines.length > 0 ? lines : undefined,
    shipping_fee: refund.deliveryAmount && moneyToDecimal(refund.deliveryAmount),
  };
  const recorded = { ...context, ...historyEntry(entry, payload), reason, amount, change };
  return transition(order, { to: "REFUND_PENDING", trigger, ...recorded }, (next) => [
    { type: "order.refund_approved", order: next },
  ]);
}

/** Throws ILLEGAL_TRANSITION where a dispute has withdrawn all that could be refunded. */
function requireUndisputed(order: Order, to: OrderStatus): void {
  const why = whyDisputed(order);
  if (why && refundable(order).minorUnits === 0n) throw illegalTransition(order, to, why);
}

function openRequest({ refund }: Order): Refund | undefined {
  return refund?.state === "REQUESTED" ? refund : undefined;
}

function requireOpenRequest(order: Order, to: OrderStatus): Refund {
  const request = order.status === "REFUND_REQUESTED" ? openRequest(order) : undefined;
  if (!request) throw illegalTransition(order, to, "no refund is requested");
  return request;
}
