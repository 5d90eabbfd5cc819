import { createClient, type Transport } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { OrderStatus, type Order } from "@till/gen/till/order/v1/order_pb";
import { moneyFromProto, zero } from "@till/money";
import { upstreamError } from "@till/rpc/client";
import type { OrderSums } from "../rules/compare-with-order.ts";

/** Reads the sums of up to 100 orders, without those that do not exist. Throws UPSTREAM_UNAVAILABLE. */
export type ReadOrderSums = (
  orderIds: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, OrderSums>>;

/** Reads them from the order service, over gRPC. */
export function orderSumsOver(transport: Transport): ReadOrderSums {
  const client = createClient(OrderService, transport);
  return async (orderIds, signal) => {
    try {
      const sums = new Map<string, OrderSums>();
      let pageToken = "";
      do {
        const request = { orderIds: [...orderIds], pageToken };
        const page = await client.batchGetOrders(request, { signal });
        for (const order of page.orders) sums.set(order.id, orderSumsFromProto(order));
        pageToken = page.nextPageToken;
      } while (pageToken);
      return sums;
    } catch (error) {
      throw upstreamError(error, "order");
    }
  };
}

function orderSumsFromProto({ id, status, paymentId, currency, captured, refunded }: Order): OrderSums {
  return {
    id,
    status: OrderStatus[status],
    paymentId,
    captured: captured ? moneyFromProto(captured) : zero(currency),
    refunded: refunded ? moneyFromProto(refunded) : zero(currency),
  };
}
