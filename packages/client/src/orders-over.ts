import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { Calls } from "./calls.ts";
import { listOver } from "./list.ts";
import { createdOrderFrom, orderActionFrom, orderEventFrom, orderFrom } from "./order-conversion.ts";
import { approvalRequestOf, createRequestOf, listRequestOf } from "./order-request-conversion.ts";
import type { Order } from "./order.ts";
import type { Orders } from "./orders.ts";
import { isTillError } from "./till-error.ts";
import { watchOrder } from "./watch-order.ts";

/** Orders over calls on the order service. */
export function ordersOver(calls: Calls): Orders {
  const rpc = OrderService.method;
  const get: Orders["get"] = async (orderId, options) =>
    orderFrom((await calls.query(rpc.getOrder, { orderId }, options)).order);

  return {
    get,
    async create(order, options) {
      return createdOrderFrom(await calls.command(rpc.createOrder, createRequestOf(order), options));
    },
    async getMany(orderIds, options) {
      const orders: Order[] = [];
      let pageToken = "";
      do {
        const page = await calls.query(rpc.batchGetOrders, { orderIds: [...orderIds], pageToken }, options);
        orders.push(...page.orders.map(orderFrom));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      return orders;
    },
    async findByCourse(courseId, { userId = "", ...options } = {}) {
      try {
        return orderFrom((await calls.query(rpc.getUserCourseOrder, { courseId, userId }, options)).order);
      } catch (error) {
        if (isTillError(error, "ORDER_NOT_FOUND")) return undefined;
        throw error;
      }
    },
    list(filter = {}) {
      const request = listRequestOf(filter);
      return listOver(async (pageToken) => {
        const page = await calls.query(rpc.listOrders, { ...request, pageToken }, filter);
        return { items: page.orders.map(orderFrom), nextPageToken: page.nextPageToken };
      });
    },
    events(orderId, options = {}) {
      const { pageSize = 0 } = options;
      return listOver(async (pageToken) => {
        const page = await calls.query(rpc.listOrderEvents, { orderId, pageSize, pageToken }, options);
        return { items: page.events.map(orderEventFrom), nextPageToken: page.nextPageToken };
      });
    },
    watch: (orderId, options = {}) => watchOrder(calls, get, orderId, options),
    async explain(orderId, options) {
      const { order, actions } = await calls.query(rpc.explainOrder, { orderId }, options);
      return { order: orderFrom(order), actions: actions.map(orderActionFrom) };
    },
    async cancel(orderId, { reason = "", ...options } = {}) {
      return orderFrom((await calls.command(rpc.cancelOrder, { orderId, reason }, options)).order);
    },
    async retryPayment(orderId, options) {
      return orderFrom((await calls.command(rpc.retryPayment, { orderId }, options)).order);
    },
    async requestRefund(orderId, { reason }, options) {
      return orderFrom((await calls.command(rpc.requestRefund, { orderId, reason }, options)).order);
    },
    async approveRefund(orderId, approval = {}, options) {
      const request = { orderId, ...approvalRequestOf(approval) };
      return orderFrom((await calls.command(rpc.approveRefund, request, options)).order);
    },
    async rejectRefund(orderId, { reason }, options) {
      return orderFrom((await calls.command(rpc.rejectRefund, { orderId, reason }, options)).order);
    },
    async closeRefund(orderId, { reason = "", ...options } = {}) {
      return orderFrom((await calls.command(rpc.closeRefund, { orderId, reason }, options)).order);
    },
    async updateStatus(orderId, { status, carrier = "", trackingNumber = "", reason = "" }, options) {
      const request = { orderId, status: OrderStatus[status], carrier, trackingNumber, reason };
      return orderFrom((await calls.command(rpc.updateOrderStatus, request, options)).order);
    },
    async expire(orderId, options) {
      return orderFrom((await calls.command(rpc.expireOrder, { orderId }, options)).order);
    },
    async verify(orderId, options) {
      const { consistent, discrepancies, entries } = await calls.query(rpc.verifyOrder, { orderId }, options);
      const plain = discrepancies.map(({ subject, expected, found }) => ({ subject, expected, found }));
      return { consistent, discrepancies: plain, entries };
    },
    async erasePerson(userId, { reason }, options) {
      return (await calls.command(rpc.erasePerson, { userId, reason }, options)).erasedOrders;
    },
  };
}
