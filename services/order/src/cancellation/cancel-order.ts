import { CancelOrderRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type OrderUpdates } from "../store/update-by-command.ts";
import { cancelOrder } from "../rules/cancel.ts";
import type { Policies } from "../rules/policies.ts";

/** OrderService.CancelOrder: the refund of a paid order starts right after. */
export function cancelOrderRpc({
  policies,
  ...updates
}: OrderUpdates & { readonly policies: Policies }): UnaryHandler<typeof OrderService.method.cancelOrder> {
  const { cancelAfterPaid: afterPaid } = policies;
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
