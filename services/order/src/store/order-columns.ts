import { newId } from "@till/ids";
import type { HistoryEntry } from "../rules/decision.ts";
import { deriveSeatChanges } from "../rules/derive-bookings.ts";
import { deriveAccessSince } from "../rules/fulfil.ts";
import { isLive, type Order, type OrderItem, type Refund } from "../rules/order.ts";
import { deriveStockDue } from "../rules/stock.ts";

/** The columns of an order that its creation sets. */
export function newOrderRow(order: Order) {
  const { notes, cartId, shippingAddress, billingAddress } = order.details;
  const hasDetails = notes ?? cartId ?? shippingAddress ?? billingAddress;
  return {
    id: order.id,
    user_id: order.userId,
    status: order.status,
    version: order.version,
    currency: order.total.currency,
    total_minor: Number(order.total.minorUnits),
    shipping_fee_minor: Number(order.shippingFee.minorUnits),
    discount_minor: Number(order.discount.minorUnits),
    stock_state: order.stock,
    stock_due: deriveStockDue(order),
    access_since: deriveAccessSince(order),
    details: hasDetails === undefined ? null : order.details,
    created_at: order.createdAt,
    expires_at: order.expiresAt,
  };
}

/** The columns of an order that change after its creation. */
export function changedOrderRow(order: Order) {
  return {
    id: order.id,
    user_id: order.userId,
    status: order.status,
    prior_status: order.priorStatus,
    captured_minor: Number(order.captured.minorUnits),
    refunded_minor: Number(order.refunded.minorUnits),
    delivery_refunded_minor: Number(order.deliveryRefunded.minorUnits),
    version: order.version,
    payment_id: order.paymentId,
    payment_method: order.paidWith?.method,
    transaction_id: order.paidWith?.transactionId,
    paid_at: order.paidWith?.paidAt,
    failed_payments: order.failedPayments,
    cancel_reason: order.cancelReason,
    refund_id: order.refund?.id,
    refunded_from: order.refundedFrom,
    refund_due_minor: Number(order.refundDue?.minorUnits ?? 0n),
    dispute_id: order.dispute?.id,
    dispute_state: order.dispute?.state,
    carrier: order.shipment?.carrier,
    tracking_number: order.shipment?.trackingNumber,
    delivered_at: order.deliveredAt,
    completed_at: order.completedAt,
    access_since: deriveAccessSince(order),
    returned_at: order.returnedAt,
    stock_state: order.stock,
    stock_due: deriveStockDue(order),
    inventory_released_at: order.inventoryReleasedAt,
    updated_at: order.updatedAt,
    expires_at: order.expiresAt,
  };
}

/** The columns of a line that its creation sets. */
export function itemRows(order: Order) {
  return order.items.map(
    ({ id, kind, refId, name, quantity, unitPrice, paid, priceSnapshot, startsAt, endsAt, booking }) => ({
      user_id: order.userId,
      order_id: order.id,
      id,
      kind,
      ref_id: refId,
      name,
      quantity,
      unit_price_minor: Number(unitPrice.minorUnits),
      paid_minor: Number(paid.minorUnits),
      offer_id: priceSnapshot.offerId,
      offer_title: priceSnapshot.title,
      offer_read_at: priceSnapshot.capturedAt,
      starts_at: startsAt,
      ends_at: endsAt,
      booking_status: booking,
    }),
  );
}

/** The lines that a change touched. */
export function changedItemRows(before: Order, after: Order) {
  const earlier = new Map(before.items.map((item) => [item.id, item]));
  return after.items.flatMap((item) => {
    const was = earlier.get(item.id);
    const live = isLive(after, item);
    const isSame =
      was === item || (was && JSON.stringify(columnsOf(was)) === JSON.stringify(columnsOf(item)));
    if (isSame && live === isLive(before, was)) return [];
    return [{ user_id: after.userId, order_id: after.id, id: item.id, live, ...columnsOf(item) }];
  });
}

function columnsOf({ refId, name, refunded, stockRelease, startsAt, endsAt, ...item }: OrderItem) {
  return {
    ref_id: refId,
    name,
    refunded_minor: Number(refunded.minorUnits),
    stock_release: stockRelease,
    starts_at: startsAt,
    ends_at: endsAt,
    cancelled_seats: item.cancelledSeats ?? 0,
    refund_due_minor: Number(item.refundDue?.minorUnits ?? 0n),
    booking_status: item.booking,
  };
}

/** The refund that a change touched. */
export function changedRefundRows(before: Order, after: Order) {
  return after.refund && after.refund !== before.refund ? [refundRow(after, after.refund)] : [];
}

/** The seats that a change takes (more than 0) and frees (less than 0). */
export function seatRows(before: Order, after: Order) {
  return [...deriveSeatChanges(before, after)].map(([session_id, seats]) => {
    return { order_id: after.id, session_id, seats };
  });
}

function refundRow({ id: order_id, userId: user_id, updatedAt: at }: Order, refund: Refund) {
  const items = refund.items.map(({ itemId, amount }) => ({ itemId, minor: String(amount.minorUnits) }));
  const { id, state, reason, amount, deliveryAmount, dueAmount, remark } = refund;
  const amount_minor = amount && Number(amount.minorUnits);
  const delivery_minor = deliveryAmount && Number(deliveryAmount.minorUnits);
  const due_minor = dueAmount && Number(dueAmount.minorUnits);
  return { user_id, order_id, id, state, reason, amount_minor, items, delivery_minor, due_minor, remark, at };
}

/** History entries, each with an id of its own, numbered within their change. */
export function historyRows(history: readonly HistoryEntry[]) {
  return history.map(
    ({ orderId, userId, type, version, from, to, actor, reason, amount, payload, at }, index) => ({
      id: newId(),
      user_id: userId,
      order_id: orderId,
      version,
      position: index + 1,
      type,
      from_status: from,
      to_status: to,
      actor,
      reason,
      amount_minor: amount && Number(amount.minorUnits),
      payload: Object.keys(payload).length > 0 ? payload : null,
      created_at: at,
    }),
  );
}
