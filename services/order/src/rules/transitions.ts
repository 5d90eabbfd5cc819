import { statuses, unpaidStatuses, type OrderStatus } from "./order.ts";

/** The statuses that a refund may be requested in, and that an order returns to when no refund comes of it. */
const refundStatuses = ["PAID", "READY_TO_SHIP", "DELIVERED", "COMPLETED"] as const;

/** The statuses in which the refund of a part of an order is started that is due without a request. */
export const dueRefundStatuses = [...refundStatuses, "SHIPPED"] as const;

/** The statuses in which an order's money may be withdrawn or refunded by others, and that it then returns to. */
const standing = [...refundStatuses, "SHIPPED", "CANCELLED", "RETURNED"] as const;

/** What starts a transition: an RPC, an event, or a recovery worker. */
export type Trigger =
  | "CreateOrder"
  | "BeginPayment"
  | "RetryPayment"
  | "CancelOrder"
  | "ExpireOrder"
  | "UpdateOrderStatus"
  | "RequestRefund"
  | "ApproveRefund"
  | "CloseRefund"
  | "payment.processed"
  | "payment.failed"
  | "payment.refunded, in part"
  | "payment.refunded, in full"
  | "payment.refund_failed"
  | "payment.refund_failed, after success"
  | "payment.disputed"
  | "payment.dispute_closed, won"
  | "refund started"
  | "access granted"
  | "return window over";

/** A transition of the state machine, or several with one trigger, and the actors that may start it. */
type Transition = {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
  readonly trigger: Trigger;
  readonly actors: readonly ("user" | "admin" | "service" | "event" | "worker")[];
};

/**
 * The one state machine. The rules, the closed-world test and docs/order-states.md are made from this table. An order
 * that leaves REFUND_REQUESTED or REFUND_PENDING without being refunded returns to the status it had before.
 */
export const transitions: readonly Transition[] = [
  {
    from: ["CREATED", "PAYMENT_FAILED"],
    to: "PAYMENT_PENDING",
    trigger: "BeginPayment",
    actors: ["service"],
  },
  { from: ["PAYMENT_FAILED"], to: "PAYMENT_PENDING", trigger: "RetryPayment", actors: ["user"] },
  { from: [...unpaidStatuses], to: "PAID", trigger: "payment.processed", actors: ["event"] },
  // Of an order that costs nothing.
  { from: ["CREATED"], to: "PAID", trigger: "CreateOrder", actors: ["user", "service"] },
  {
    from: ["CREATED", "PAYMENT_PENDING"],
    to: "PAYMENT_FAILED",
    trigger: "payment.failed",
    actors: ["event"],
  },
  { from: [...unpaidStatuses], to: "CANCELLED", trigger: "CancelOrder", actors: ["user", "admin"] },
  {
    from: [...unpaidStatuses],
    to: "CANCELLED",
    trigger: "ExpireOrder",
    actors: ["service", "admin", "worker"],
  },
  { from: ["PAYMENT_FAILED"], to: "CANCELLED", trigger: "payment.failed", actors: ["event"] },
  { from: ["PAID", "READY_TO_SHIP"], to: "CANCELLED", trigger: "CancelOrder", actors: ["user", "admin"] },
  // Of an order without goods.
  { from: ["COMPLETED"], to: "CANCELLED", trigger: "CancelOrder", actors: ["admin"] },
  { from: ["PAID"], to: "READY_TO_SHIP", trigger: "UpdateOrderStatus", actors: ["service", "admin"] },
  { from: ["READY_TO_SHIP"], to: "SHIPPED", trigger: "UpdateOrderStatus", actors: ["service", "admin"] },
  { from: ["SHIPPED"], to: "DELIVERED", trigger: "UpdateOrderStatus", actors: ["service", "admin"] },
  {
    // From READY_TO_SHIP where all goods were refunded before they were shipped.
    from: ["PAID", "READY_TO_SHIP", "DELIVERED"],
    to: "COMPLETED",
    trigger: "UpdateOrderStatus",
    actors: ["service", "admin"],
  },
  // Of an order without goods.
  { from: ["PAID"], to: "COMPLETED", trigger: "access granted", actors: ["worker"] },
  { from: ["DELIVERED"], to: "COMPLETED", trigger: "return window over", actors: ["worker"] },
  {
    from: ["SHIPPED", "DELIVERED"],
    to: "RETURNED",
    trigger: "UpdateOrderStatus",
    actors: ["service", "admin"],
  },
  { from: [...refundStatuses], to: "REFUND_REQUESTED", trigger: "RequestRefund", actors: ["user"] },
  { from: ["REFUND_REQUESTED"], to: "REFUND_PENDING", trigger: "ApproveRefund", actors: ["admin"] },
  ...refundStatuses.map((to) => one("REFUND_REQUESTED", to, "CloseRefund", ["user", "admin"])),
  {
    from: ["CANCELLED", "RETURNED", ...dueRefundStatuses],
    to: "REFUND_PENDING",
    trigger: "refund started",
    actors: ["worker"],
  },
  ...standing.flatMap((to) => [
    one("REFUND_PENDING", to, "payment.refunded, in part", ["event"]),
    one("REFUND_PENDING", to, "payment.refund_failed", ["event"]),
  ]),
  {
    from: [...refundStatuses, "SHIPPED", "CANCELLED", "RETURNED", "REFUND_REQUESTED", "REFUND_PENDING"],
    to: "REFUNDED",
    trigger: "payment.refunded, in full",
    actors: ["event"],
  },
  {
    from: [...standing, "REFUND_REQUESTED", "REFUND_PENDING"],
    to: "REFUNDED",
    trigger: "payment.disputed",
    actors: ["event"],
  },
  ...standing.map((to) => one("REFUNDED", to, "payment.dispute_closed, won", ["event"])),
  {
    from: ["REFUNDED"],
    to: "REFUND_PENDING",
    trigger: "payment.refund_failed, after success",
    actors: ["event"],
  },
];

/** From each status, the statuses an order may go to. */
export const nextStatuses = Object.fromEntries(
  statuses.map((status) => [
    status,
    [...new Set(transitions.filter(({ from }) => from.includes(status)).map(({ to }) => to))],
  ]),
) as unknown as Readonly<Record<OrderStatus, readonly OrderStatus[]>>;

function one(from: OrderStatus, to: OrderStatus, trigger: Trigger, actors: Transition["actors"]): Transition {
  return { from: [from], to, trigger, actors };
}
