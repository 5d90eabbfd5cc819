import { RequestRefundRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type OrderUpdates } from "../store/update-by-command.ts";
import type { Policies } from "../rules/policies.ts";
import { requestRefund } from "../rules/refund.ts";

type RequestRefundOptions = OrderUpdates & { readonly policies: Policies; readonly newId: () => string };

/** OrderService.RequestRefund: a user requests a refund, which an admin approves or rejects. */
export function requestRefundRpc({
  policies,
  newId,
  ...updates
}: RequestRefundOptions): UnaryHandler<typeof OrderService.method.requestRefund> {
  return async (request, call) => {
    const refund = { id: newId(), reason: request.reason, policy: policies };
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
