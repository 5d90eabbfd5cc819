import { OrderInternalService } from "@till/gen/till/order/v1/order_internal_service_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { allow, allowCommand, implement } from "@till/rpc/server";
import { bookSessionRpc } from "./bookings/book-session.ts";
import { cancelBookingRpc } from "./bookings/cancel-booking.ts";
import { cancelSessionRpc } from "./bookings/cancel-session.ts";
import { completeBookingRpc } from "./bookings/complete-booking.ts";
import { getBookingRpc } from "./queries/get-booking.ts";
import { listBookingsRpc } from "./queries/list-bookings.ts";
import { markNoShowRpc } from "./bookings/mark-no-show.ts";
import { rescheduleBookingRpc } from "./bookings/reschedule-booking.ts";
import { cancelOrderRpc } from "./cancellation/cancel-order.ts";
import { expireOrderInternallyRpc, expireOrderRpc } from "./cancellation/expire-order.ts";
import { createOrderRpc, type Checkout } from "./checkout/create-order.ts";
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
import type { Policies } from "./rules/policies.ts";
import type { OrderChanges } from "./store/order-changes.ts";
import type { Store } from "./store/store.ts";
import type { Payments } from "./upstreams/ports.ts";
import { erasePersonRpc } from "./erasure/erase-person.ts";
import { verifyOrderRpc } from "./verify/verify-order.ts";

/** What the RPCs use, all together; each names what it uses itself. */
type RouteOptions = Checkout & {
  readonly store: Store;
  readonly policies: Policies;
  readonly changes: OrderChanges;
  readonly payments: Payments;
};

/** Every RPC of the order service, and the roles that may call it. */
export function routes(options: RouteOptions) {
  return [
    implement(OrderService, {
      createOrder: allowCommand(["user", "service"], createOrderRpc(options)),
      getOrder: allow(["user", "admin", "service"], getOrderRpc(options)),
      batchGetOrders: allow(["user", "admin", "service"], batchGetOrdersRpc(options)),
      listOrders: allow(["user", "admin", "service"], listOrdersRpc(options)),
      listOrderEvents: allow(["user", "admin", "service"], listOrderEventsRpc(options)),
      listOrderItems: allow(["user", "admin", "service"], listOrderItemsRpc(options)),
      getUserCourseOrder: allow(["user", "admin", "service"], getUserCourseOrderRpc(options)),
      watchOrder: allow(["user", "admin", "service"], watchOrderRpc(options)),
      explainOrder: allow(["user", "admin", "service"], explainOrderRpc(options)),
      cancelOrder: allowCommand(["user", "admin"], cancelOrderRpc(options)),
      expireOrder: allowCommand(["service", "admin"], expireOrderRpc(options)),
      retryPayment: allowCommand(["user"], retryPaymentRpc(options)),
      updateOrderStatus: allowCommand(["service", "admin"], updateOrderStatusRpc(options)),
      requestRefund: allowCommand(["user"], requestRefundRpc(options)),
      approveRefund: allowCommand(["admin"], approveRefundRpc(options)),
      rejectRefund: allowCommand(["admin"], rejectRefundRpc(options)),
      closeRefund: allowCommand(["user", "admin"], closeRefundRpc(options)),
      verifyOrder: allow(["admin"], verifyOrderRpc(options)),
      erasePerson: allow(["admin"], erasePersonRpc(options)),
    }),
    implement(OrderInternalService, {
      beginPayment: allow(["service"], beginPaymentRpc(options)),
      expireOrder: allow(["service"], expireOrderInternallyRpc(options)),
    }),
    implement(SessionService, {
      bookSession: allowCommand(["user", "service"], bookSessionRpc(options)),
      getBooking: allow(["user", "admin", "service"], getBookingRpc(options)),
      listBookings: allow(["user", "admin", "service"], listBookingsRpc(options)),
      rescheduleBooking: allowCommand(["user", "admin"], rescheduleBookingRpc(options)),
      cancelBooking: allowCommand(["user", "admin", "service"], cancelBookingRpc(options)),
      cancelSession: allowCommand(["service", "admin"], cancelSessionRpc(options)),
      completeBooking: allowCommand(["service", "admin"], completeBookingRpc(options)),
      markNoShow: allowCommand(["service", "admin"], markNoShowRpc(options)),
    }),
  ];
}
