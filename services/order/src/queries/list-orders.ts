import { canonicalId } from "@till/ids";
import type { ListOrdersRequest, OrderService } from "@till/gen/till/order/v1/order_service_pb";
import {
  idFromPageToken,
  pageOf,
  pageTokenFor,
  timeFromProto,
  type Caller,
  type UnaryHandler,
} from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { listOrders, type OrderFilters } from "../store/list-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import { ownerFilter } from "./owner-filter.ts";
import { statusesFromProto } from "./status-filter.ts";

/** OrderService.ListOrders: newest first, a keyset page at a time. */
export function listOrdersRpc({
  db,
}: {
  readonly db: Reader;
}): UnaryHandler<typeof OrderService.method.listOrders> {
  return async (request, { caller }) => {
    const filters = filtersOf(request, caller);
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    // One more than the page shows whether there is a next one, without a count.
    const orders = await listOrders(db, filters, before, pageSize + 1);
    const { messages, nextPageToken } = pageOf(orders, {
      pageSize,
      toMessage: orderToProto,
      tokenAfter: ({ id }) => pageTokenFor(id, filters),
    });
    return { orders: messages, nextPageToken };
  };
}

function filtersOf(request: ListOrdersRequest, caller: Caller): OrderFilters {
  const statuses = statusesFromProto(request.statuses);
  const { createdAfter, createdBefore } = request;
  return {
    userId: ownerFilter(request.userId, caller),
    statuses: statuses.length > 0 ? statuses : undefined,
    items: itemsOf(request),
    createdAfter: createdAfter && timeFromProto(createdAfter, "created_after").toISOString(),
    createdBefore: createdBefore && timeFromProto(createdBefore, "created_before").toISOString(),
    hasRefund: request.hasRefund,
  };
}

function itemsOf({ courseId, sessionId, productId }: ListOrdersRequest): OrderFilters["items"] {
  const items: OrderFilters["items"] = [
    { kind: "DIGITAL_COURSE", refId: canonicalId(courseId) },
    { kind: "SESSION", refId: canonicalId(sessionId) },
    { kind: "PHYSICAL", refId: canonicalId(productId) },
  ];
  return items.filter(({ refId }) => refId !== "");
}
