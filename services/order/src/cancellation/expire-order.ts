import { create } from "@bufbuild/protobuf";
import type { OrderInternalService } from "@till/gen/till/order/v1/order_internal_service_pb";
import {
  ExpireOrderRequestSchema,
  type ExpireOrderRequest,
  type OrderService,
} from "@till/gen/till/order/v1/order_service_pb";
import type { Call, UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { expireOrder } from "../rules/cancel.ts";
import type { Order } from "../rules/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";

/** OrderService.ExpireOrder: cancels an unpaid order without waiting for its expiry. */
export function expireOrderRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderService.method.expireOrder> {
  return async (request, call) => ({ order: orderToProto(await expire(updates, request, call)) });
}

/** OrderInternalService.ExpireOrder: the same for services; both share their idempotency keys. */
export function expireOrderInternallyRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderInternalService.method.expireOrder> {
  return async ({ orderId, idempotencyKey }, call) => {
    const request = create(ExpireOrderRequestSchema, { orderId, idempotencyKey });
    return { order: orderToProto(await expire(updates, request, call)) };
  };
}

function expire(updates: CommandUpdates, request: ExpireOrderRequest, call: Call): Promise<Order> {
  return updateByCommand(updates, ExpireOrderRequestSchema, request, call, (current, context) =>
    expireOrder(current, context),
  );
}
