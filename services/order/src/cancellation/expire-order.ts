import { create } from "@bufbuild/protobuf";
import type { OrderInternalService } from "@till/gen/till/order/v1/order_internal_service_pb";
import {
  ExpireOrderRequestSchema,
  type ExpireOrderRequest,
  type OrderService,
} from "@till/gen/till/order/v1/order_service_pb";
import type { Call, UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { updateByCommand } from "../store/update-by-command.ts";
import { expireOrder } from "../rules/cancel.ts";
import type { Order } from "../rules/order.ts";

/** OrderService.ExpireOrder: cancels an unpaid order without waiting for its expiry. */
export function expireOrderRpc(deps: Deps): UnaryHandler<typeof OrderService.method.expireOrder> {
  return async (request, call) => ({ order: orderToProto(await expire(deps, request, call)) });
}

/** OrderInternalService.ExpireOrder: the same for services; both share their idempotency keys. */
export function expireOrderInternallyRpc(
  deps: Deps,
): UnaryHandler<typeof OrderInternalService.method.expireOrder> {
  return async ({ orderId, idempotencyKey }, call) => {
    const request = create(ExpireOrderRequestSchema, { orderId, idempotencyKey });
    return { order: orderToProto(await expire(deps, request, call)) };
  };
}

function expire(deps: Deps, request: ExpireOrderRequest, call: Call): Promise<Order> {
  return updateByCommand(deps, ExpireOrderRequestSchema, request, call, (current, context) =>
    expireOrder(current, context),
  );
}
