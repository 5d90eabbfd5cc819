import type { Role } from "./access.ts";
import { cancelOrder, expireOrder } from "./cancel.ts";
import type { Context, Decision } from "./decision.ts";
import { fulfil, type FulfilmentStep } from "./fulfil.ts";
import type { Order, OrderStatus } from "./order.ts";
import { beginPayment, retryPayment } from "./pay.ts";
import type { Policies } from "./policies.ts";
import { approveRefund, closeRefund, rejectRefund, requestRefund } from "./refund.ts";

/** A command on an order: its RPC, the status it leads to, and the roles that may call it. */
export type Action = {
  readonly rpc: string;
  /** The status it leads to; undefined: the order's prior status. */
  readonly to: OrderStatus | undefined;
  readonly roles: readonly Role[];
  /** Decides as the RPC would for a caller who may read the order, with valid input. */
  readonly try: (order: Order, context: Context, policies: Policies) => Decision;
};

const noId = "00000000-0000-0000-0000-000000000000";

/** Every command on an order, as ExplainOrder and the closed-world test try them. */
export const actions: readonly Action[] = [
  {
    // An RPC of the payment service, which calls BeginPayment of this one.
    rpc: "ProcessPayment",
    to: "PAYMENT_PENDING",
    roles: ["user", "service"],
    try: (order, context) => {
      const { userId, total: amount } = order;
      return beginPayment(order, { paymentId: noId, userId, amount }, context);
    },
  },
  { rpc: "RetryPayment", to: "PAYMENT_PENDING", roles: ["user"], try: retryPayment },
  {
    rpc: "CancelOrder",
    to: "CANCELLED",
    roles: ["user", "admin"],
    try: (order, context, { cancelAfterPaid: afterPaid }) => {
      const by = context.actor.startsWith("admin:") ? "ADMIN" : "USER";
      return cancelOrder(order, { by, remark: "", afterPaid }, context);
    },
  },
  {
    rpc: "ExpireOrder",
    to: "CANCELLED",
    roles: ["service", "admin"],
    try: (order, context) => expireOrder(order, context),
  },
  fulfilment("READY_TO_SHIP"),
  fulfilment("SHIPPED"),
  fulfilment("DELIVERED"),
  fulfilment("COMPLETED"),
  fulfilment("RETURNED"),
  {
    rpc: "RequestRefund",
    to: "REFUND_REQUESTED",
    roles: ["user"],
    try: (order, context, policy) => requestRefund(order, { id: noId, reason: "requested", policy }, context),
  },
  {
    rpc: "ApproveRefund",
    to: "REFUND_PENDING",
    roles: ["admin"],
    try: (order, context) => approveRefund(order, { amount: undefined, items: [] }, context),
  },
  {
    rpc: "RejectRefund",
    to: "REFUND_REQUESTED",
    roles: ["admin"],
    try: (order, context) => rejectRefund(order, "rejected", context),
  },
  {
    rpc: "CloseRefund",
    to: undefined,
    roles: ["user", "admin"],
    try: (order, context) => closeRefund(order, "closed", context),
  },
];

function fulfilment(to: FulfilmentStep): Action {
  const shipment = to === "SHIPPED" ? { carrier: "", trackingNumber: "" } : undefined;
  return {
    rpc: "UpdateOrderStatus",
    to,
    roles: ["service", "admin"],
    try: (order, context, policy) => fulfil(order, { to, reason: "", shipment, policy }, context),
  };
}
