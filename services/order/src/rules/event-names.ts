import type { OrderEvent } from "./order-event.ts";

/** When an event is published, and its names in other systems. */
type EventName = { readonly when: string; readonly alsoCalled: readonly string[] };

/** Every event the order service publishes, and its names in other systems. */
export const eventNames: Readonly<Record<OrderEvent["type"], EventName>> = {
  "order.created": {
    when: "the order is placed",
    alsoCalled: ["OrderPlaced", "OrderCreated", "OrderCreatedEvent", "ORDER_CREATED"],
  },
  "order.payment_pending": {
    when: "a payment has the order's slot, or the slot is open for another attempt",
    alsoCalled: ["PAYMENT_REQUESTED"],
  },
  "order.confirmed": {
    when: "the order is paid in full",
    alsoCalled: ["OrderPaid", "OrderSucceeded", "PAYMENT_SUCCEEDED"],
  },
  "order.payment_failed": {
    when: "a payment was declined",
    alsoCalled: ["OrderPaymentFailed", "OrderFailed", "PAYMENT_FAILED"],
  },
  "order.ready_to_ship": { when: "the goods are packed", alsoCalled: [] },
  "order.shipped": { when: "the goods are with the carrier", alsoCalled: [] },
  "order.delivered": { when: "the goods have arrived", alsoCalled: [] },
  "order.completed": { when: "the order is fulfilled", alsoCalled: ["OrderCompletedEvent"] },
  "order.cancelled": {
    when: "the order is over, with the reason USER, ADMIN, EXPIRED or PAYMENT_FAILED",
    alsoCalled: ["OrderCancelled", "OrderCancelledEvent", "ORDER_CANCELED"],
  },
  "order.returned": { when: "the goods were returned", alsoCalled: [] },
  "order.refund_requested": { when: "the user requests a refund", alsoCalled: ["OrderRefundRequested"] },
  "order.refund_approved": {
    when: "a refund is approved: the payment service carries it out",
    alsoCalled: [],
  },
  "order.refund_rejected": { when: "an admin rejected the request", alsoCalled: [] },
  "order.refunded": { when: "a refund succeeded, in full or in part", alsoCalled: ["OrderRefunded"] },
  "order.late_payment": {
    when: "a payment was captured that the order cannot take: the payment service refunds it",
    alsoCalled: ["LATE_PAYMENT"],
  },
  "order.status_changed": { when: "the order's status changed", alsoCalled: ["OrderStatusChangedEvent"] },
  "session.held": { when: "seats are held for an unpaid order, or moved to another session", alsoCalled: [] },
  "session.confirmed": {
    when: "the seats' order is paid, or they are moved to another session",
    alsoCalled: [],
  },
  "session.cancelled": { when: "the seats are free again", alsoCalled: [] },
  "session.completed": { when: "the seats were used", alsoCalled: [] },
  "session.expired": {
    when: "the seats are free again, for their order was not paid in time",
    alsoCalled: [],
  },
};
