import {
  BeginPaymentRequestSchema,
  type OrderInternalService,
} from "@till/gen/till/order/v1/order_internal_service_pb";
import { amountFromProto, type UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { contextOf, updateByCommand } from "../store/update-by-command.ts";
import { beginPayment, requireSlot } from "../rules/pay.ts";

/** OrderInternalService.BeginPayment: admits one payment of an order at a time. */
export function beginPaymentRpc(deps: Deps): UnaryHandler<typeof OrderInternalService.method.beginPayment> {
  return async (asked, call) => {
    const paymentId = asked.paymentId.toLowerCase();
    const userId = asked.userId.toLowerCase();
    const request = { ...asked, paymentId, userId };
    const payment = { paymentId, userId, amount: amountFromProto(asked.amount!, "amount") };
    const order = await updateByCommand(deps, BeginPaymentRequestSchema, request, call, (current, context) =>
      beginPayment(current, payment, context),
    );
    // A used key is answered with the order as it is, and its payment may have ended since.
    requireSlot(order, payment, contextOf(deps, call));
    return { order: orderToProto(order) };
  };
}
