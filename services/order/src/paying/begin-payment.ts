import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { amountFromProto, type UnaryHandler } from "@till/rpc";
import type { Deps } from "../deps.ts";
import { beginPayment } from "./payment-rules.ts";
import { orderToProto } from "../proto.ts";

/** OrderService.BeginPayment: the one gate every payment of an order passes (spec C16). */
export function beginPaymentRpc(deps: Deps): UnaryHandler<typeof OrderService.method.beginPayment> {
  return async (request, call) => {
    const payment = {
      paymentId: request.paymentId.toLowerCase(),
      userId: request.userId.toLowerCase(),
      amount: amountFromProto(request.amount!, "amount"),
    };
    const context = { now: deps.now(), actor: `${call.caller.role}:${call.caller.id}` };
    call.requireTime();
    const order = await deps.store.update({
      id: request.orderId.toLowerCase(),
      decide: (current) => beginPayment(current, payment, context),
    });
    return { order: orderToProto(order) };
  };
}
