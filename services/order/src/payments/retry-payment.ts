import { RetryPaymentRequestSchema, type OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { updateByCommand } from "../store/update-by-command.ts";
import { retryPayment } from "../rules/pay.ts";

/** OrderService.RetryPayment: opens an order whose payment failed for another one (spec C1). */
export function retryPaymentRpc(deps: Deps): UnaryHandler<typeof OrderService.method.retryPayment> {
  return async (request, call) => {
    const order = await updateByCommand(deps, RetryPaymentRequestSchema, request, call, retryPayment);
    return { order: orderToProto(order) };
  };
}
