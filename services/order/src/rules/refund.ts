import { add, compare, subtract, zero, type Money } from "@till/money";
import { move, note, refuseMove, unchanged, type Change, type Context, type Decision } from "./decision.ts";
import { fail } from "./errors.ts";
import { requireReturnable, type ReturnPolicy } from "./fulfil.ts";
import { subtotal, type Cause, type Order, type OrderStatus, type Refund } from "./order.ts";

export type RefundPolicy = ReturnPolicy & {
  /** Whether refunds may be asked for in PAID alone (spec C5, strict). */
  readonly refundOnlyPaid: boolean;
};

export type RefundRequest = { readonly id: string; readonly reason: string; readonly policy: RefundPolicy };

/** Asks for money back. Asking again while a request is open changes nothing; after a rejection it is a new one (C6). */
export function requestRefund(
  order: Order,
  { id, reason, policy }: RefundRequest,
  context: Context,
): Decision {
  if (order.status === "REFUND_REQUESTED" && openRequest(order)) return unchanged(order);
  const refund: Refund = { id, state: "REQUESTED", reason, amount: undefined, items: [], remark: "" };
  const how = { ...context, entry: "REFUND_REQUESTED", reason };
  if (order.status === "REFUND_REQUESTED") {
    const noted = note(order, { ...how, change: { refund } });
    return { ...noted, events: [{ type: "order.refund_requested", order: noted.order }] };
  }
  if (policy.refundOnlyPaid && order.status !== "PAID") {
    refuseMove(order, "REFUND_REQUESTED", "refunds are granted for orders in PAID alone");
  }
  const change = { refund, priorStatus: order.status };
  const moved = move(order, { to: "REFUND_REQUESTED", by: "RequestRefund", ...how, change }, (next) => [
    { type: "order.refund_requested", order: next },
  ]);
  requireReturnable(order, policy, context.now);
  return moved;
}

/** How much an admin grants, and of which lines; undefined: all that is left. */
export type Approval = {
  readonly amount: Money | undefined;
  readonly items: Refund["items"];
};

/** Grants the open request; the money is on its way (spec C5, C7). Throws REFUND_EXCEEDS_CAPTURED. */
export function approveRefund(order: Order, approval: Approval, context: Context): Decision {
  if (order.status === "REFUND_PENDING" && order.refund?.state === "APPROVED") return unchanged(order);
  const request = requireOpenRequest(order, "REFUND_PENDING");
  const amount = approvedAmount(order, approval);
  const refund: Refund = { ...request, state: "APPROVED", amount, items: approval.items };
  return approve(order, refund, "ApproveRefund", { ...context, entry: "REFUND_APPROVED" });
}

/** Turns the open request down. The order stays where it is, without a request (spec C6). */
export function rejectRefund(order: Order, remark: string, context: Context): Decision {
  if (order.status === "REFUND_REQUESTED" && order.refund?.state === "REJECTED") return unchanged(order);
  const request = requireOpenRequest(order, "REFUND_REQUESTED");
  const refund: Refund = { ...request, state: "REJECTED", reason: "", remark };
  const noted = note(order, { ...context, entry: "REFUND_REJECTED", reason: remark, change: { refund } });
  return { ...noted, events: [{ type: "order.refund_rejected", order: noted.order }] };
}

/** Takes the order back to where it was before a refund was asked for (spec C6). */
export function closeRefund(order: Order, reason: string, context: Context): Decision {
  // A request that was rejected first stays REJECTED.
  const isEnded = order.refund?.state === "CLOSED" || order.refund?.state === "REJECTED";
  if (isEnded && order.priorStatus === undefined && order.status !== "REFUNDED") return unchanged(order);
  if (order.status !== "REFUND_REQUESTED" || !order.priorStatus) {
    refuseMove(order, order.priorStatus ?? "PAID", "no refund is asked for");
  }
  const refund =
    order.refund?.state === "REQUESTED" ? { ...order.refund, state: "CLOSED" as const } : order.refund;
  const change = { refund, priorStatus: undefined };
  const how = { ...context, entry: "REFUND_CLOSED", reason, change };
  return move(order, { to: order.priorStatus, by: "CloseRefund", ...how });
}

/** Starts giving back what a cancelled or returned order still holds, without anybody's approval (spec C4, C5). */
export function startRefund(order: Order, { id, retryMs }: StartRefund, context: Context): Decision {
  if (!isRefundDue(order)) return unchanged(order);
  const amount = refundable(order);
  const hasJustFailed =
    order.refund?.state === "FAILED" && order.updatedAt.getTime() + retryMs > context.now.getTime();
  if (hasJustFailed) return unchanged(order);
  const reason = order.status === "CANCELLED" ? `cancelled: ${order.cancelReason}` : "returned";
  const refund: Refund = { id, state: "APPROVED", reason, amount, items: [], remark: "" };
  return approve(order, refund, "refund started", { ...context, entry: "REFUND_STARTED" });
}

export type StartRefund = { readonly id: string; readonly retryMs: number };

/** Whether a cancelled or returned order still holds money. */
export function isRefundDue(order: Order): boolean {
  return (order.status === "CANCELLED" || order.status === "RETURNED") && refundable(order).minorUnits > 0n;
}

/** What was captured and not given back yet. */
export function refundable({ captured, refunded }: Order): Money {
  return subtract(captured, refunded);
}

function approve(order: Order, refund: Refund, by: Cause, told: Change): Decision {
  const change = { refund, priorStatus: order.priorStatus ?? order.status };
  const how = { ...told, reason: refund.reason, amount: refund.amount, change };
  return move(order, { to: "REFUND_PENDING", by, ...how }, (next) => [
    { type: "order.refund_approved", order: next },
  ]);
}

function approvedAmount(order: Order, { amount, items }: Approval): Money {
  const { currency } = order.total;
  const all = refundable(order);
  const ofItems = items.map(({ itemId, amount: part }) => {
    requireCurrency(part, currency);
    const line = order.items.find(({ id }) => id === itemId);
    if (!line) fail("REFUND_EXCEEDS_CAPTURED", `the order has no line ${itemId}`, { item_id: itemId });
    const left = subtract(subtotal(line), line.refunded);
    if (compare(part, left) > 0)
      fail("REFUND_EXCEEDS_CAPTURED", "a line cannot be given back more than it cost");
    return part;
  });
  const granted = amount ?? (items.length > 0 ? ofItems.reduce(add, zero(currency)) : all);
  requireCurrency(granted, currency);
  if (items.length > 0 && compare(granted, ofItems.reduce(add, zero(currency))) !== 0) {
    fail("REFUND_EXCEEDS_CAPTURED", "the amount is not the sum of the lines");
  }
  if (granted.minorUnits <= 0n || compare(granted, all) > 0) {
    fail("REFUND_EXCEEDS_CAPTURED", "more than was captured and not given back yet", {
      refundable: String(all.minorUnits),
      asked: String(granted.minorUnits),
    });
  }
  return granted;
}

function requireCurrency({ currency }: Money, expected: string): void {
  if (currency === expected) return;
  fail("CURRENCY_MISMATCH", `the order is in ${expected}, not ${currency}`, { expected, got: currency });
}

function openRequest({ refund }: Order): Refund | undefined {
  return refund?.state === "REQUESTED" ? refund : undefined;
}

function requireOpenRequest(order: Order, to: OrderStatus): Refund {
  const request = order.status === "REFUND_REQUESTED" ? openRequest(order) : undefined;
  return request ?? refuseMove(order, to, "no refund is asked for");
}
