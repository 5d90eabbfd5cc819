import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { AppError } from "@till/rpc/errors";
import type { Caller, UnaryHandler } from "@till/rpc/server";
import { isChange, type Context } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import type { Order } from "../rules/order.ts";
import { orderToProto } from "../proto.ts";
import { contextOf } from "../store/update-by-command.ts";
import { getOrder } from "./get-order.ts";
import { actions, type Action } from "../rules/order-actions.ts";
import type { Policies } from "../rules/policies.ts";

/** OrderService.ExplainOrder: what is open to this caller now, found by trying each rule on the order as it stands. */
export function explainOrderRpc(deps: Deps): UnaryHandler<typeof OrderService.method.explainOrder> {
  return async ({ orderId }, call) => {
    const order = await getOrder(deps, orderId, call.caller);
    const context = contextOf(deps, call);
    return {
      order: orderToProto(order),
      actions: actions.map((action) => {
        const to = action.to ?? order.priorStatus;
        const answer = explain(action, order, call.caller, context, deps.policies);
        return { rpc: action.rpc, to: to ? OrderStatus[to] : OrderStatus.UNSPECIFIED, ...answer };
      }),
    };
  };
}

type Answer = { readonly allowed: boolean; readonly reason: string; readonly message: string };

/** Whether an action is open, or the reason it would be refused with. One that would change nothing is not open. */
function explain(action: Action, order: Order, caller: Caller, context: Context, policies: Policies): Answer {
  if (!action.roles.includes(caller.role)) {
    return no("PERMISSION_DENIED", `this is for ${action.roles.join(" and ")} callers`);
  }
  try {
    const decision = action.try(order, context, policies);
    if (isChange(decision)) return { allowed: true, reason: "", message: "" };
    return no("NO_CHANGE", "the order has come to this already");
  } catch (refusal) {
    if (!(refusal instanceof AppError)) throw refusal;
    return no(refusal.reason, refusal.message);
  }
}

function no(reason: string, message: string): Answer {
  return { allowed: false, reason, message };
}
