import type { OrderEvent } from "./decision.ts";

/** When an event is told, and by which names other systems know it. */
export type EventName = { readonly when: string; readonly alsoCalled: readonly string[] };

/** The registry of names (spec C15): every event the order service tells, and what it is called elsewhere. */
export const eventNames: Readonly<Record<OrderEvent["type"], EventName>> = {
  "order.created": {
    when: "the order is placed",
    alsoCalled: ["OrderPlaced", "OrderCreated", "OrderCreatedEvent", "ORDER_CREATED"],
  },
  "order.payment_pending": {
    when: "a payment has the order's slot, or the slot is open for another try",
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
  "order.completed": { when: "nothing is left to do", alsoCalled: ["OrderCompletedEvent"] },
  "order.cancelled": {
    when: "the order is over, with the reason USER, ADMIN, EXPIRED or PAYMENT_FAILED",
    alsoCalled: ["OrderCancelled", "OrderCancelledEvent", "ORDER_CANCELED"],
  },
  "order.returned": { when: "the goods came back", alsoCalled: [] },
  "order.refund_requested": { when: "the buyer asks for money back", alsoCalled: ["OrderRefundRequested"] },
  "order.refund_approved": { when: "money is to go back: the payment service sends it", alsoCalled: [] },
  "order.refund_rejected": { when: "an admin turned the request down", alsoCalled: [] },
  "order.refunded": { when: "money is back, all of it or a part", alsoCalled: ["OrderRefunded"] },
  "order.late_payment": {
    when: "money came that the order cannot take: the payment service sends it back",
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
