import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { actorOf } from "../rules/decision.ts";
import { explainActions } from "../rules/explain-actions.ts";
import type { Policies } from "../rules/policies.ts";
import { readableOrder, type OrderFinder } from "./readable-order.ts";

type ExplainOptions = { readonly store: OrderFinder; readonly policies: Policies; readonly now: () => Date };

/** OrderService.ExplainOrder: what the caller may do now, found by trying each rule on the order as it is. */
export function explainOrderRpc({
  store,
  policies,
  now,
}: ExplainOptions): UnaryHandler<typeof OrderService.method.explainOrder> {
  return async ({ orderId }, { caller }) => {
    const order = await readableOrder(store, orderId, caller);
    const context = { now: now(), actor: actorOf(caller) };
    const verdicts = explainActions(order, { role: caller.role, context, policies });
    return {
      order: orderToProto(order),
      actions: verdicts.map(({ action: { rpc }, to, ...verdict }) => {
        return { rpc, to: to ? OrderStatus[to] : OrderStatus.UNSPECIFIED, ...verdict };
      }),
    };
  };
}
