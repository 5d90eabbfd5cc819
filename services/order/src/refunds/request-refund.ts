import { RequestRefundRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { updateByCommand } from "../store/update-by-command.ts";
import { requestRefund } from "../rules/refund.ts";

/** OrderService.RequestRefund: the buyer asks, an admin decides (spec S0.12). */
export function requestRefundRpc(deps: Deps): UnaryHandler<typeof OrderService.method.requestRefund> {
  return async (request, call) => {
    const asked = { id: deps.newId(), reason: request.reason, policy: deps.policies };
    const order = await updateByCommand(deps, RequestRefundRequestSchema, request, call, (current, context) =>
      requestRefund(current, asked, context),
    );
    return { order: orderToProto(order) };
  };
}
