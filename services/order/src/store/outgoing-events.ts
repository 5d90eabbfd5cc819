import type { OutgoingEvent } from "@till/events/outbox";
import { moneyToJson } from "@till/money";
import type { OrderEvent } from "../rules/order-event.ts";
import { isFullyRefunded, type Order, type OrderStatus } from "../rules/order.ts";

/** The topic of the order service. */
export const orderTopic = "order.events";

/** An event as it is published. */
export function toOutgoingEvent(event: OrderEvent, id: string, traceparent?: string): OutgoingEvent {
  const { order, type } = event;
  return {
    id,
    type,
    topic: orderTopic,
    subject: order.id,
    dataVersion: order.version,
    time: order.updatedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
    data: JSON.stringify({ orderId: order.id, userId: order.userId, ...bodyOf(event) }),
  };
}

function bodyOf(event: OrderEvent): Record<string, unknown> {
  const { order } = event;
  const { currency } = order.total;
  const status = publicStatus(order.status);
  switch (event.type) {
    case "order.created":
      return {
        status,
        totalAmount: moneyToJson(order.total),
        currency,
        itemCount: order.items.length,
        createdAt: order.createdAt,
        courseIds: courseIds(order),
      };
    case "order.payment_pending":
      return { status, paymentId: order.paymentId };
    case "order.confirmed":
      return {
        status,
        paymentId: order.paymentId,
        confirmedAt: order.updatedAt,
        courseIds: courseIds(order),
      };
    case "order.payment_failed":
      return { status, failureCode: event.code, failureReason: event.reason, failedAt: order.updatedAt };
    case "order.cancelled":
      return {
        status,
        reason: order.cancelReason,
        remark: event.remark || undefined,
        paymentId: order.paymentId,
        captured: moneyToJson(order.captured),
        cancelledAt: order.updatedAt,
        revokedCourseIds: revokedCourseIds(order),
      };
    case "order.late_payment":
      return {
        status,
        paymentId: event.paymentId,
        amount: moneyToJson(event.amount),
        currency: event.amount.currency,
      };
    case "order.ready_to_ship":
      return { status, readyAt: order.updatedAt };
    case "order.shipped":
      return { status, ...order.shipment, shippedAt: order.updatedAt };
    case "order.delivered":
      return { status, deliveredAt: order.deliveredAt };
    case "order.completed":
      return { status, completedAt: order.completedAt };
    case "order.returned":
      return { status, returnedAt: order.updatedAt, revokedCourseIds: revokedCourseIds(order) };
    case "order.refund_requested":
      return {
        status,
        refundId: order.refund?.id,
        reason: order.refund?.reason,
        requestedAt: order.updatedAt,
      };
    case "order.refund_approved":
      return {
        status,
        refundId: order.refund?.id,
        paymentId: order.paymentId,
        amount: order.refund?.amount && moneyToJson(order.refund.amount),
        currency,
        approvedAt: order.updatedAt,
      };
    case "order.refund_rejected":
      return {
        status,
        refundId: order.refund?.id,
        reason: order.refund?.remark,
        rejectedAt: order.updatedAt,
      };
    case "order.refunded":
      return {
        status,
        amount: moneyToJson(event.amount),
        currency,
        refundedTotal: moneyToJson(order.refunded),
        refundStatus: order.status === "REFUNDED" ? "full" : "partial",
        revokedCourseIds: event.revokedCourseIds,
        refundedAt: order.updatedAt,
      };
    case "session.held":
    case "session.confirmed":
    case "session.cancelled":
    case "session.completed":
    case "session.expired":
      return {
        bookingId: event.item.id,
        sessionId: event.item.refId,
        previousSessionId: event.movedFrom,
        seats: event.item.quantity,
        bookingStatus: event.item.booking?.toLowerCase(),
        at: order.updatedAt,
      };
    case "order.status_changed":
      return { from: event.from, to: order.status, changedAt: order.updatedAt };
  }
}

/** The status as events have it: `pending`, `confirmed`, else the status in lower case. */
function publicStatus(status: OrderStatus): string {
  if (status === "CREATED" || status === "PAYMENT_PENDING") return "pending";
  return status === "PAID" ? "confirmed" : status.toLowerCase();
}

function courseIds({ items }: Pick<Order, "items">): string[] {
  return items.filter(({ kind }) => kind === "DIGITAL_COURSE").map(({ refId }) => refId);
}

/** The courses that the buyer of an order that is over loses: all that were paid and not refunded yet. */
function revokedCourseIds(order: Order): string[] {
  const isPaid = order.captured.minorUnits > 0n;
  return isPaid ? courseIds({ items: order.items.filter((item) => !isFullyRefunded(item)) }) : [];
}
