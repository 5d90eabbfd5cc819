import { RejectRefundRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { updateByCommand } from "../store/update-by-command.ts";
import { rejectRefund } from "../rules/refund.ts";

/** OrderService.RejectRefund: the request is gone, the order stays where it is (spec S0.14, C6). */
export function rejectRefundRpc(deps: Deps): UnaryHandler<typeof OrderService.method.rejectRefund> {
  return async (request, call) => {
    const order = await updateByCommand(deps, RejectRefundRequestSchema, request, call, (current, context) =>
      rejectRefund(current, request.reason, context),
    );
    return { order: orderToProto(order) };
  };
}
