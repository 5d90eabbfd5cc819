import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { allow, implement } from "@till/rpc";
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
    }),
  ];
}
