import { canonicalId } from "@till/ids";
import {
  BeginPaymentRequestSchema,
  type OrderInternalService,
} from "@till/gen/till/order/v1/order_internal_service_pb";
import { amountFromProto, type UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { readableOrder, type OrderFinder } from "../queries/readable-order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import { actorOf } from "../rules/decision.ts";
import { beginPayment, requireSlot } from "../rules/pay.ts";

/** OrderInternalService.BeginPayment: admits one payment of an order at a time. */
export function beginPaymentRpc(
  updates: CommandUpdates & { readonly store: OrderFinder },
): UnaryHandler<typeof OrderInternalService.method.beginPayment> {
  return async (message, call) => {
    const paymentId = message.paymentId.toLowerCase();
    const userId = canonicalId(message.userId);
    const request = { ...message, paymentId, userId };
    const payment = { paymentId, userId, amount: amountFromProto(message.amount!, "amount") };
    if (message.validateOnly) {
      const current = await readableOrder(updates.store, message.orderId.toLowerCase(), call.caller);
      beginPayment(current, payment, { now: updates.now(), actor: actorOf(call.caller) });
      return { order: orderToProto(current) };
    }
    const order = await updateByCommand(
      updates,
      BeginPaymentRequestSchema,
      request,
      call,
      (current, context) => beginPayment(current, payment, context),
    );
    // A replay returns the order as it is, and its payment may have ended since.
    requireSlot(order, payment, { now: updates.now(), actor: actorOf(call.caller) });
    return { order: orderToProto(order) };
  };
}
