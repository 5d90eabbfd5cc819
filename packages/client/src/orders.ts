import type { CallOptions, CommandOptions } from "./call-options.ts";
import type { List, ListOptions } from "./list.ts";
import type {
  FulfilmentStep,
  NewOrder,
  OrderFilter,
  OrderWatchOptions,
  Reason,
  RefundApproval,
  RequiredReason,
} from "./order-requests.ts";
import type {
  CreatedOrder,
  Order,
  OrderAction,
  OrderEvent,
  OrderUpdate,
  OrderVerification,
} from "./order.ts";

/** Orders: their creation, queries, and every command on them. */
export type Orders = {
  /**
   * Creates an order at the current prices. Pay it with `till.payments.process`.
   *
   * Rejected with PRICE_CHANGED, OUT_OF_STOCK, SESSION_FULL, ALREADY_PURCHASED, ORDER_IN_PROGRESS, COURSE_NOT_FOUND … :
   * nothing is created or reserved then.
   */
  create(order: NewOrder, options?: CommandOptions): Promise<CreatedOrder>;

  /** Returns one order. Another user's order is ORDER_NOT_FOUND. */
  get(orderId: string, options?: CallOptions): Promise<Order>;

  /** Returns up to 100 orders, in the order of the ids, without those that are unknown or another user's. */
  getMany(orderIds: readonly string[], options?: CallOptions): Promise<Order[]>;

  /** Returns the live order by which a user has bought a course or is about to, or undefined. */
  findByCourse(
    courseId: string,
    options?: CallOptions & { readonly userId?: string },
  ): Promise<Order | undefined>;

  /** Lists orders, newest first, as they are read page by page. */
  list(filter?: OrderFilter): List<Order>;

  /** Lists an order's history, oldest first. */
  events(orderId: string, options?: ListOptions): List<OrderEvent>;

  /**
   * Follows an order: a snapshot, then every later change as soon as it is committed, each once and in order, over cut
   * connections and restarts. Ends by itself once the order has ended: COMPLETED, REFUNDED, or CANCELLED without money to
   * refund. Leave the loop to stop earlier.
   *
   * ```ts
   * for await (const { status } of till.orders.watch(order.id, { until: ["PAID"] })) console.log(status);
   * ```
   */
  watch(orderId: string, options?: OrderWatchOptions): AsyncIterable<OrderUpdate>;

  /** Returns the order and every command on it, with why each that is not possible now would be rejected. */
  explain(orderId: string, options?: CallOptions): Promise<{ order: Order; actions: OrderAction[] }>;

  /** Cancels an order. Of one that was paid and not shipped, the whole captured amount is refunded. */
  cancel(orderId: string, options?: CommandOptions & Reason): Promise<Order>;

  /** Opens an order in PAYMENT_FAILED for another payment. */
  retryPayment(orderId: string, options?: CommandOptions): Promise<Order>;

  /** Requests a refund; an admin decides. */
  requestRefund(orderId: string, request: RequiredReason, options?: CommandOptions): Promise<Order>;

  /** Approves a requested refund, in full unless amounts are named. For admins. */
  approveRefund(orderId: string, approval?: RefundApproval, options?: CommandOptions): Promise<Order>;

  /** Rejects a requested refund. For admins. */
  rejectRefund(orderId: string, rejection: RequiredReason, options?: CommandOptions): Promise<Order>;

  /** Withdraws a requested refund: the order has the status of before again. */
  closeRefund(orderId: string, options?: CommandOptions & Reason): Promise<Order>;

  /** Records a step of fulfilment. For services and admins. */
  updateStatus(orderId: string, step: FulfilmentStep, options?: CommandOptions): Promise<Order>;

  /** Cancels an unpaid order as if it had expired. For services and admins. */
  expire(orderId: string, options?: CommandOptions): Promise<Order>;

  /** Rebuilds an order from its history and compares it with its row and its payments. For admins. */
  verify(orderId: string, options?: CallOptions): Promise<OrderVerification>;

  /** Erases a user's personal data from all orders and histories. For admins. Returns the number of erased orders. */
  erasePerson(userId: string, why: RequiredReason, options?: CommandOptions): Promise<number>;
};
