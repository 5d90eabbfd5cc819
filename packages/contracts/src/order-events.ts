import { z } from "zod";
import type { EventContract } from "./event-contract.ts";
import { amount, currency, externalId, freeText, sum, text, time, uuid, whole } from "./fields.ts";

/** The Kafka topic of the order service's events. */
export const orderTopic = "order.events";

const versionOf = "the order";

/** An event of an order: every body has the order, its user and, but for the exceptions below, its status. */
function event<Fields extends z.ZodRawShape>(when: string, fields: Fields, ...alsoCalled: string[]) {
  return {
    when,
    alsoCalled,
    versionOf,
    body: z.object({ orderId: uuid, userId: externalId, ...fields }),
  } as const;
}

const statusEvent = <Fields extends z.ZodRawShape>(when: string, fields: Fields, ...alsoCalled: string[]) =>
  event(when, { status: text, ...fields }, ...alsoCalled);

const bookingEvent = (when: string) =>
  event(when, {
    bookingId: uuid,
    sessionId: externalId,
    previousSessionId: externalId.optional(),
    seats: whole,
    bookingStatus: text,
    at: time,
  });

/** Every event that the order service publishes. */
export const orderEvents = {
  "order.created": statusEvent(
    "the order is placed",
    { totalAmount: sum, currency, itemCount: whole, createdAt: time, courseIds: z.array(externalId) },
    ...["OrderPlaced", "OrderCreated", "OrderCreatedEvent", "ORDER_CREATED"],
  ),
  "order.payment_pending": statusEvent(
    "a payment has the order's slot, or the slot is open for another attempt",
    { paymentId: uuid.optional() },
    "PAYMENT_REQUESTED",
  ),
  "order.confirmed": statusEvent(
    "the order is paid in full, or costs nothing: then it has no payment",
    {
      paymentId: uuid.optional(),
      confirmedAt: time,
      courseIds: z.array(externalId),
      amount: sum,
      currency,
      paymentMethod: text.optional(),
      transactionId: text.optional(),
      paidAt: time.optional(),
    },
    ...["OrderPaid", "OrderSucceeded", "PAYMENT_SUCCEEDED"],
  ),
  "order.payment_failed": statusEvent(
    "a payment was declined",
    { failureCode: text, failureReason: freeText, failedAt: time },
    ...["OrderPaymentFailed", "OrderFailed", "PAYMENT_FAILED"],
  ),
  "order.ready_to_ship": statusEvent("the goods are packed", { readyAt: time }),
  "order.shipped": statusEvent("the goods are with the carrier", {
    carrier: freeText,
    trackingNumber: freeText,
    shippedAt: time,
  }),
  "order.delivered": statusEvent("the goods have arrived", { deliveredAt: time }),
  "order.completed": statusEvent("the order is fulfilled", { completedAt: time }, "OrderCompletedEvent"),
  "order.cancelled": statusEvent(
    "the order is over, with the reason USER, ADMIN, EXPIRED or PAYMENT_FAILED",
    {
      reason: text,
      remark: freeText.optional(),
      paymentId: uuid.optional(),
      captured: sum,
      cancelledAt: time,
      revokedCourseIds: z.array(externalId),
    },
    ...["OrderCancelled", "OrderCancelledEvent", "ORDER_CANCELED"],
  ),
  "order.returned": statusEvent("the goods were returned", {
    returnedAt: time,
    revokedCourseIds: z.array(externalId),
  }),
  "order.refund_requested": statusEvent(
    "the user requests a refund",
    { refundId: uuid, reason: freeText, requestedAt: time },
    "OrderRefundRequested",
  ),
  "order.refund_approved": statusEvent("a refund is approved: the payment service carries it out", {
    refundId: uuid,
    paymentId: uuid,
    amount,
    currency,
    approvedAt: time,
  }),
  "order.refund_rejected": statusEvent("an admin rejected the request", {
    refundId: uuid,
    reason: freeText,
    rejectedAt: time,
  }),
  "order.refunded": statusEvent(
    "a refund succeeded, in full or in part",
    {
      amount,
      currency,
      refundedTotal: sum,
      refundStatus: text,
      revokedCourseIds: z.array(externalId),
      refundedAt: time,
    },
    "OrderRefunded",
  ),
  "order.dispute_won": statusEvent(
    "a dispute was won: its money counts as captured again, and the buyer has access to the restored courses again",
    {
      disputeId: text,
      amount,
      currency,
      refundedTotal: sum,
      restoredCourseIds: z.array(externalId),
      wonAt: time,
    },
  ),
  "order.late_payment": statusEvent(
    "a payment was captured that the order cannot take: the payment service refunds it",
    { paymentId: uuid, amount, currency },
    "LATE_PAYMENT",
  ),
  "order.status_changed": event(
    "the order's status changed",
    { from: text, to: text, changedAt: time },
    "OrderStatusChangedEvent",
  ),
  "session.held": bookingEvent("seats are held for an unpaid order, or moved to another session"),
  "session.confirmed": bookingEvent("the seats' order is paid, or they are moved to another session"),
  "session.cancelled": bookingEvent("the seats are free again"),
  "session.completed": bookingEvent("the seats were used"),
  "session.expired": bookingEvent("the seats are free again, for their order was not paid in time"),
} as const satisfies Readonly<Record<string, EventContract>>;

export type OrderEventType = keyof typeof orderEvents;
