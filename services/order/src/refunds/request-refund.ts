import { RequestRefundRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import { requestRefund } from "../rules/refund.ts";

type RequestRefundOptions = CommandUpdates & { readonly newId: () => string };

/** OrderService.RequestRefund: a user requests a refund, which an admin approves or rejects. */
export function requestRefundRpc({
  newId,
  ...updates
}: RequestRefundOptions): UnaryHandler<typeof OrderService.method.requestRefund> {
  return async (request, call) => {
    const refund = { id: newId(), reason: request.reason, policy: updates.policies };
    const order = await updateByCommand(
      updates,
      RequestRefundRequestSchema,
      request,
      call,
      (current, context) => requestRefund(current, refund, context),
    );
    return { order: orderToProto(order) };
  };
}
