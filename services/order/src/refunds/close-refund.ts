import { CloseRefundRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import { closeRefund } from "../rules/refund.ts";

/** OrderService.CloseRefund: the order returns to the status before the request. */
export function closeRefundRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderService.method.closeRefund> {
  return async (request, call) => {
    const order = await updateByCommand(
      updates,
      CloseRefundRequestSchema,
      request,
      call,
      (current, context) => closeRefund(current, request.reason, context),
    );
    return { order: orderToProto(order) };
  };
}
