import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { RequestKey } from "@till/rpc/request-key";
import { requestKeyOf, type Call, type Caller } from "@till/rpc/server";
import { mayRead } from "../rules/access.ts";
import { actorOf } from "../rules/decision.ts";
import { decideForCaller } from "../rules/decide-for-caller.ts";
import type { Context, Decision } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import type { Policies } from "../rules/policies.ts";
import type { Store } from "./store.ts";
import { appError } from "../rules/errors.ts";

/** The fields that every command on an order has. */
export type CommandRequest = { readonly orderId: string; readonly idempotencyKey: string };

/** What changes orders. */
export type OrderUpdates = { readonly store: Pick<Store, "update">; readonly now: () => Date };

/** What a command changes orders with; the policies say what else its caller may do. */
export type CommandUpdates = OrderUpdates & { readonly policies: Policies };

/**
 * Carries out a command on an order: once for each idempotency key, and only where the caller may read the order. Throws ORDER_NOT_FOUND, IDEMPOTENCY_KEY_REUSED and what `decide` throws.
 */
export async function updateByCommand<Schema extends DescMessage>(
  updates: CommandUpdates,
  schema: Schema,
  request: MessageShape<Schema> & CommandRequest,
  call: Call,
  decide: (order: Order, context: Context) => Decision,
): Promise<Order> {
  const orderId = request.orderId.toLowerCase();
  const hashed = { prefix: schema.typeName, schema, request: { ...request, orderId } };
  const key = requestKeyOf(request.idempotencyKey, call, hashed);
  return updateForCall(updates, { id: orderId, key }, call, (order, context) => {
    requireReadable(order, call.caller);
    return decide(order, context);
  });
}

/**
 * Changes an order for a call, once for its key; a repeat sets the trailer `idempotent-replay`. An ILLEGAL_TRANSITION of
 * `decide` reaches the caller with what this caller may do instead.
 */
export async function updateForCall(
  { store, policies, now }: CommandUpdates,
  { id, key }: { readonly id: string; readonly key: RequestKey | undefined },
  call: Call,
  decide: (order: Order, context: Context) => Decision,
): Promise<Order> {
  call.requireTime();
  const { traceparent, caller } = call;
  const context = { now: now(), actor: actorOf(caller) };
  const asker = { role: caller.role, context, policies };
  const decideFor = (order: Order) => decideForCaller(order, asker, decide);
  const { kind, state } = await store.update({ id, key, call, traceparent, decide: decideFor });
  if (kind === "replayed") call.setTrailer("idempotent-replay", "true");
  return state;
}

/** Throws ORDER_NOT_FOUND unless the caller may read the order. */
function requireReadable({ id, userId }: Order, caller: Caller): void {
  if (!mayRead(userId, caller)) throw appError("ORDER_NOT_FOUND", `no order ${id}`);
}
