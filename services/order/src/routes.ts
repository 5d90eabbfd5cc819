import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { allow, AppError, implement } from "@till/rpc";
import { Code } from "@connectrpc/connect";
import { batchGetOrdersRpc } from "./batch-get-orders.ts";
import { beginPaymentRpc } from "./begin-payment.ts";
import { createOrderRpc } from "./create-order.ts";
import type { Deps } from "./deps.ts";
import { getOrderRpc } from "./get-order.ts";
import { listOrderEventsRpc } from "./list-order-events.ts";
import { listOrdersRpc } from "./list-orders.ts";

/** Every RPC the order service answers, and who may call it. */
export function routes(deps: Deps) {
  return [
    implement(OrderService, {
      createOrder: allow(["user", "service"], createOrderRpc(deps)),
      getOrder: allow(["user", "admin", "service"], getOrderRpc(deps)),
      batchGetOrders: allow(["user", "admin", "service"], batchGetOrdersRpc(deps)),
      listOrders: allow(["user", "admin", "service"], listOrdersRpc(deps)),
      listOrderEvents: allow(["user", "admin", "service"], listOrderEventsRpc(deps)),
      beginPayment: allow(["service"], beginPaymentRpc(deps)),
      listOrderItems: allow(["user", "admin", "service"], notYet),
      getUserCourseOrder: allow(["user", "admin", "service"], notYet),
      watchOrder: allow(["user", "admin", "service"], notYet),
      explainOrder: allow(["user", "admin", "service"], notYet),
      cancelOrder: allow(["user", "admin"], notYet),
      expireOrder: allow(["service", "admin"], notYet),
      retryPayment: allow(["user"], notYet),
      updateOrderStatus: allow(["service", "admin"], notYet),
      requestRefund: allow(["user"], notYet),
      approveRefund: allow(["admin"], notYet),
      rejectRefund: allow(["admin"], notYet),
      closeRefund: allow(["user", "admin"], notYet),
      verifyOrder: allow(["admin"], notYet),
    }),
    implement(SessionService, {
      bookSession: allow(["user", "service"], notYet),
      getBooking: allow(["user", "admin", "service"], notYet),
      listBookings: allow(["user", "admin", "service"], notYet),
      rescheduleBooking: allow(["user", "admin"], notYet),
      cancelBooking: allow(["user", "admin"], notYet),
      completeBooking: allow(["service", "admin"], notYet),
      markNoShow: allow(["service", "admin"], notYet),
    }),
  ];
}

function notYet(): never {
  throw new AppError("UNIMPLEMENTED", Code.Unimplemented, "not built yet");
}
