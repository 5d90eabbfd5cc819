import { ExpireOrderRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { updateByCommand } from "../store/update-by-command.ts";
import { expireOrder } from "../rules/cancel.ts";

/** OrderService.ExpireOrder: what the sweeper does by itself, at once (spec S0.11). */
export function expireOrderRpc(deps: Deps): UnaryHandler<typeof OrderService.method.expireOrder> {
  return async (request, call) => {
    const order = await updateByCommand(deps, ExpireOrderRequestSchema, request, call, (current, context) =>
      expireOrder(current, context),
    );
    return { order: orderToProto(order) };
  };
}
