import { RejectRefundRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import { rejectRefund } from "../rules/refund.ts";

/** OrderService.RejectRefund: the order keeps its status. */
export function rejectRefundRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderService.method.rejectRefund> {
  return async (request, call) => {
    const order = await updateByCommand(
      updates,
      RejectRefundRequestSchema,
      request,
      call,
      (current, context) => rejectRefund(current, request.reason, context),
    );
    return { order: orderToProto(order) };
  };
}
