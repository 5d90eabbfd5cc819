import { CloseRefundRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { updateByCommand } from "../store/update-by-command.ts";
import { closeRefund } from "../rules/refund.ts";

/** OrderService.CloseRefund: the order goes back to where it was before a refund was asked for (spec C6). */
export function closeRefundRpc(deps: Deps): UnaryHandler<typeof OrderService.method.closeRefund> {
  return async (request, call) => {
    const order = await updateByCommand(deps, CloseRefundRequestSchema, request, call, (current, context) =>
      closeRefund(current, request.reason, context),
    );
    return { order: orderToProto(order) };
  };
}
