import type { Money } from "@till/money";
import type { Order, OrderItem, OrderStatus } from "./order.ts";

/** What happened to an order, with the order as it was right after. */
export type OrderEvent =
  | { readonly type: StatusEvent; readonly order: Order }
  | {
      readonly type: "order.cancelled";
      readonly order: Order;
      /** The reason as the caller of CancelOrder gave it. */
      readonly remark: string;
    }
  | {
      readonly type: "order.payment_failed";
      readonly order: Order;
      readonly code: string;
      readonly reason: string;
    }
  | {
      readonly type: "order.late_payment";
      readonly order: Order;
      readonly paymentId: string;
      readonly amount: Money;
    }
  | {
      readonly type: "order.refunded";
      readonly order: Order;
      readonly amount: Money;
      /** The courses whose lines this refund ends. */
      readonly revokedCourseIds: readonly string[];
    }
  | {
      readonly type: "order.dispute_won";
      readonly order: Order;
      readonly amount: Money;
      /** The courses to which the buyer has access again. */
      readonly restoredCourseIds: readonly string[];
    }
  | { readonly type: "order.status_changed"; readonly order: Order; readonly from: OrderStatus }
  | {
      readonly type: BookingEvent;
      readonly order: Order;
      readonly item: OrderItem;
      /** The session that a rescheduled booking had before. */
      readonly movedFrom: string | undefined;
    };

export type StatusEvent = `order.${
  | "created"
  | "payment_pending"
  | "confirmed"
  | "ready_to_ship"
  | "shipped"
  | "delivered"
  | "completed"
  | "returned"
  | "refund_requested"
  | "refund_approved"
  | "refund_rejected"}`;
export type BookingEvent = `session.${"held" | "confirmed" | "cancelled" | "completed" | "expired"}`;
