import { CancelOrderRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { updateByCommand } from "../store/update-by-command.ts";
import { cancelOrder } from "../rules/cancel.ts";

/** OrderService.CancelOrder: unpaid orders are over; of paid ones the refund begins right after (spec C4). */
export function cancelOrderRpc(deps: Deps): UnaryHandler<typeof OrderService.method.cancelOrder> {
  const { cancelAfterPaid: afterPaid } = deps.policies;
  return async (request, call) => {
    const by = call.caller.role === "admin" ? "ADMIN" : "USER";
    const asked = { by, remark: request.reason, afterPaid } as const;
    const order = await updateByCommand(deps, CancelOrderRequestSchema, request, call, (current, context) =>
      cancelOrder(current, asked, context),
    );
    return { order: orderToProto(order) };
  };
}
