import { jsonAmount, type WrittenBody } from "@till/contracts";
import { orderTopic, type OrderEventType, type orderEvents } from "@till/contracts/order-events";
import type { OutgoingEvent } from "@till/events/outbox";
import type { BookingEvent, OrderEvent } from "../rules/order-event.ts";
import { seatsOf } from "../rules/booking.ts";
import { isFullyRefunded, wasConfirmed, type Order, type OrderStatus } from "../rules/order.ts";

/** An order's event with its body as the contract has it. */
export function toOutgoingEvent(event: OrderEvent, id: string, traceparent?: string): OutgoingEvent {
  const { order, type } = event;
  const body = bodies[type] as (event: OrderEvent) => object;
  return {
    id,
    type,
    topic: orderTopic,
    subject: order.id,
    dataVersion: order.version,
    time: order.updatedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
    data: JSON.stringify({ orderId: order.id, userId: order.userId, ...body(event) }),
  };
}

/** The members of OrderEvent that may have the type. */
type EventOf<Type, Event = OrderEvent> = Event extends { readonly type: infer Types }
  ? Type extends Types
    ? Event
    : never
  : never;

type Body<Type extends OrderEventType> = Omit<WrittenBody<(typeof orderEvents)[Type]>, "orderId" | "userId">;

/** The body of each type but for the ids that all have. The rules set what a body asserts with `!`. */
const bodies: { readonly [Type in OrderEventType]: (event: EventOf<Type>) => Body<Type> } = {
  "order.created": ({ order }) => ({
    status: publicStatus(order.status),
    totalAmount: jsonAmount(order.total),
    currency: order.total.currency,
    itemCount: order.items.length,
    createdAt: order.createdAt,
    courseIds: courseIds(order),
  }),
  "order.payment_pending": ({ order }) => ({
    status: publicStatus(order.status),
    paymentId: order.paymentId,
  }),
  "order.confirmed": ({ order }) => ({
    status: publicStatus(order.status),
    paymentId: order.paymentId,
    confirmedAt: order.updatedAt,
    courseIds: courseIds(order),
    amount: jsonAmount(order.captured),
    currency: order.captured.currency,
    paymentMethod: order.paidWith?.method,
    transactionId: order.paidWith?.transactionId,
    paidAt: order.paidWith?.paidAt,
  }),
  "order.payment_failed": ({ order, code, reason }) => ({
    status: publicStatus(order.status),
    failureCode: code,
    failureReason: reason,
    failedAt: order.updatedAt,
  }),
  "order.ready_to_ship": ({ order }) => ({ status: publicStatus(order.status), readyAt: order.updatedAt }),
  "order.shipped": ({ order }) => ({
    status: publicStatus(order.status),
    ...order.shipment!,
    shippedAt: order.updatedAt,
  }),
  "order.delivered": ({ order }) => ({ status: publicStatus(order.status), deliveredAt: order.deliveredAt! }),
  "order.completed": ({ order }) => ({ status: publicStatus(order.status), completedAt: order.completedAt! }),
  "order.cancelled": ({ order, remark }) => ({
    status: publicStatus(order.status),
    reason: order.cancelReason!,
    remark: remark || undefined,
    paymentId: order.paymentId,
    captured: jsonAmount(order.captured),
    cancelledAt: order.updatedAt,
    revokedCourseIds: revokedCourseIds(order),
  }),
  "order.returned": ({ order }) => ({
    status: publicStatus(order.status),
    returnedAt: order.updatedAt,
    revokedCourseIds: revokedCourseIds(order),
  }),
  "order.refund_requested": ({ order }) => ({
    status: publicStatus(order.status),
    refundId: order.refund!.id,
    reason: order.refund!.reason,
    requestedAt: order.updatedAt,
  }),
  "order.refund_approved": ({ order }) => ({
    status: publicStatus(order.status),
    refundId: order.refund!.id,
    paymentId: order.paymentId!,
    amount: jsonAmount(order.refund!.amount!),
    currency: order.total.currency,
    approvedAt: order.updatedAt,
  }),
  "order.refund_rejected": ({ order }) => ({
    status: publicStatus(order.status),
    refundId: order.refund!.id,
    reason: order.refund!.remark,
    rejectedAt: order.updatedAt,
  }),
  "order.refunded": ({ order, amount, revokedCourseIds }) => ({
    status: publicStatus(order.status),
    amount: jsonAmount(amount),
    currency: order.total.currency,
    refundedTotal: jsonAmount(order.refunded),
    refundStatus: order.status === "REFUNDED" ? "full" : "partial",
    revokedCourseIds: [...revokedCourseIds],
    refundedAt: order.updatedAt,
  }),
  "order.dispute_won": ({ order, amount, restoredCourseIds }) => ({
    status: publicStatus(order.status),
    disputeId: order.dispute!.id,
    amount: jsonAmount(amount),
    currency: order.total.currency,
    refundedTotal: jsonAmount(order.refunded),
    restoredCourseIds: [...restoredCourseIds],
    wonAt: order.updatedAt,
  }),
  "order.late_payment": ({ order, paymentId, amount }) => ({
    status: publicStatus(order.status),
    paymentId,
    amount: jsonAmount(amount),
    currency: amount.currency,
  }),
  "order.status_changed": ({ order, from }) => ({ from, to: order.status, changedAt: order.updatedAt }),
  "session.held": bookingBody,
  "session.confirmed": bookingBody,
  "session.cancelled": bookingBody,
  "session.completed": bookingBody,
  "session.expired": bookingBody,
};

function bookingBody({ order, item, movedFrom }: EventOf<BookingEvent>): Body<BookingEvent> {
  return {
    bookingId: item.id,
    sessionId: item.refId,
    previousSessionId: movedFrom,
    seats: seatsOf(item),
    bookingStatus: item.booking!.toLowerCase(),
    at: order.updatedAt,
  };
}

/** A status as bodies have it: pending and confirmed, else the status in lower case. */
function publicStatus(status: OrderStatus): string {
  if (status === "CREATED" || status === "PAYMENT_PENDING") return "pending";
  return status === "PAID" ? "confirmed" : status.toLowerCase();
}

function courseIds({ items }: Pick<Order, "items">): string[] {
  return items.filter(({ kind }) => kind === "DIGITAL_COURSE").map(({ refId }) => refId);
}

/** The courses to which the buyer of an order that is over loses access: paid for and not fully refunded before. */
function revokedCourseIds(order: Order): string[] {
  return wasConfirmed(order)
    ? courseIds({ items: order.items.filter((item) => !isFullyRefunded(item)) })
    : [];
}
