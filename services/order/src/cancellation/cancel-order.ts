import { CancelOrderRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import { cancelOrder } from "../rules/cancel.ts";

/** OrderService.CancelOrder: the refund of a paid order starts right after. */
export function cancelOrderRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderService.method.cancelOrder> {
  const { cancelAfterPaid: afterPaid } = updates.policies;
  return async (request, call) => {
    const by = call.caller.role === "admin" ? "ADMIN" : "USER";
    const cancellation = { by, remark: request.reason, afterPaid } as const;
    const order = await updateByCommand(
      updates,
      CancelOrderRequestSchema,
      request,
      call,
      (current, context) => cancelOrder(current, cancellation, context),
    );
    return { order: orderToProto(order) };
  };
}
