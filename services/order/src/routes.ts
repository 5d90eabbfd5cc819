import { OrderInternalService } from "@till/gen/till/order/v1/order_internal_service_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { allow, implement } from "@till/rpc/server";
import { bookSessionRpc } from "./bookings/book-session.ts";
import { cancelBookingRpc } from "./bookings/cancel-booking.ts";
import { completeBookingRpc } from "./bookings/complete-booking.ts";
import { getBookingRpc } from "./queries/get-booking.ts";
import { listBookingsRpc } from "./queries/list-bookings.ts";
import { markNoShowRpc } from "./bookings/mark-no-show.ts";
import { rescheduleBookingRpc } from "./bookings/reschedule-booking.ts";
import { cancelOrderRpc } from "./cancellation/cancel-order.ts";
import { expireOrderInternallyRpc, expireOrderRpc } from "./cancellation/expire-order.ts";
import { createOrderRpc } from "./checkout/create-order.ts";
import type { Deps } from "./deps.ts";
import { updateOrderStatusRpc } from "./fulfilment/update-order-status.ts";
import { beginPaymentRpc } from "./payments/begin-payment.ts";
import { retryPaymentRpc } from "./payments/retry-payment.ts";
import { batchGetOrdersRpc } from "./queries/batch-get-orders.ts";
import { explainOrderRpc } from "./queries/explain-order.ts";
import { getOrderRpc } from "./queries/get-order.ts";
import { getUserCourseOrderRpc } from "./queries/get-user-course-order.ts";
import { listOrderEventsRpc } from "./queries/list-order-events.ts";
import { listOrderItemsRpc } from "./queries/list-order-items.ts";
import { listOrdersRpc } from "./queries/list-orders.ts";
import { watchOrderRpc } from "./queries/watch-order.ts";
import { approveRefundRpc } from "./refunds/approve-refund.ts";
import { closeRefundRpc } from "./refunds/close-refund.ts";
import { rejectRefundRpc } from "./refunds/reject-refund.ts";
import { requestRefundRpc } from "./refunds/request-refund.ts";
import { verifyOrderRpc } from "./verify/verify-order.ts";

/** Every RPC the order service answers, and who may call it. */
export function routes(deps: Deps) {
  return [
    implement(OrderService, {
      createOrder: allow(["user", "service"], createOrderRpc(deps)),
      getOrder: allow(["user", "admin", "service"], getOrderRpc(deps)),
      batchGetOrders: allow(["user", "admin", "service"], batchGetOrdersRpc(deps)),
      listOrders: allow(["user", "admin", "service"], listOrdersRpc(deps)),
      listOrderEvents: allow(["user", "admin", "service"], listOrderEventsRpc(deps)),
      listOrderItems: allow(["user", "admin", "service"], listOrderItemsRpc(deps)),
      getUserCourseOrder: allow(["user", "admin", "service"], getUserCourseOrderRpc(deps)),
      watchOrder: allow(["user", "admin", "service"], watchOrderRpc(deps)),
      explainOrder: allow(["user", "admin", "service"], explainOrderRpc(deps)),
      cancelOrder: allow(["user", "admin"], cancelOrderRpc(deps)),
      expireOrder: allow(["service", "admin"], expireOrderRpc(deps)),
      retryPayment: allow(["user"], retryPaymentRpc(deps)),
      updateOrderStatus: allow(["service", "admin"], updateOrderStatusRpc(deps)),
      requestRefund: allow(["user"], requestRefundRpc(deps)),
      approveRefund: allow(["admin"], approveRefundRpc(deps)),
      rejectRefund: allow(["admin"], rejectRefundRpc(deps)),
      closeRefund: allow(["user", "admin"], closeRefundRpc(deps)),
      verifyOrder: allow(["admin"], verifyOrderRpc(deps)),
    }),
    implement(OrderInternalService, {
      beginPayment: allow(["service"], beginPaymentRpc(deps)),
      expireOrder: allow(["service"], expireOrderInternallyRpc(deps)),
    }),
    implement(SessionService, {
      bookSession: allow(["user", "service"], bookSessionRpc(deps)),
      getBooking: allow(["user", "admin", "service"], getBookingRpc(deps)),
      listBookings: allow(["user", "admin", "service"], listBookingsRpc(deps)),
      rescheduleBooking: allow(["user", "admin"], rescheduleBookingRpc(deps)),
      cancelBooking: allow(["user", "admin"], cancelBookingRpc(deps)),
      completeBooking: allow(["service", "admin"], completeBookingRpc(deps)),
      markNoShow: allow(["service", "admin"], markNoShowRpc(deps)),
    }),
  ];
}
