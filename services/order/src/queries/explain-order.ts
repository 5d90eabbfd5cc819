import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { AppError } from "@till/rpc/errors";
import type { Caller, UnaryHandler } from "@till/rpc/server";
import { isChange, type Context } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import { orderToProto } from "../proto/order.ts";
import { actorOf } from "../rules/decision.ts";
import { actions, type Action } from "../rules/order-actions.ts";
import type { Policies } from "../rules/policies.ts";
import type { Reader } from "../store/order-reads.ts";
import { readableOrder } from "./readable-order.ts";

type ExplainOptions = { readonly db: Reader; readonly policies: Policies; readonly now: () => Date };

/** OrderService.ExplainOrder: what the caller may do now, found by trying each rule on the order as it is. */
export function explainOrderRpc({
  db,
  policies,
  now,
}: ExplainOptions): UnaryHandler<typeof OrderService.method.explainOrder> {
  return async ({ orderId }, call) => {
    const order = await readableOrder(db, orderId, call.caller);
    const context = { now: now(), actor: actorOf(call.caller) };
    return {
      order: orderToProto(order),
      actions: actions.map((action) => {
        const to = action.to ?? order.priorStatus;
        const verdict = explain(action, order, call.caller, context, policies);
        return { rpc: action.rpc, to: to ? OrderStatus[to] : OrderStatus.UNSPECIFIED, ...verdict };
      }),
    };
  };
}

type Verdict = { readonly allowed: boolean; readonly reason: string; readonly message: string };

/** Whether an action is allowed, or the reason of its error. An action that would change nothing is not allowed. */
function explain(
  action: Action,
  order: Order,
  caller: Caller,
  context: Context,
  policies: Policies,
): Verdict {
  if (!action.roles.includes(caller.role)) {
    return no("PERMISSION_DENIED", `this is for ${action.roles.join(" and ")} callers`);
  }
  try {
    const decision = action.try(order, context, policies);
    if (isChange(decision)) return { allowed: true, reason: "", message: "" };
    return no("NO_CHANGE", "the order is there already");
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return no(error.reason, error.message);
  }
}

function no(reason: string, message: string): Verdict {
  return { allowed: false, reason, message };
}
