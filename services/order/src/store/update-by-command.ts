import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { RequestKey } from "@till/rpc/request-key";
import { requestKeyOf, type Call, type Caller } from "@till/rpc/server";
import { mayRead } from "../rules/access.ts";
import { actorOf } from "../rules/decision.ts";
import type { Context, Decision } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import type { Store } from "./store.ts";
import { appError } from "../rules/errors.ts";

/** The fields that every command on an order has. */
export type CommandRequest = { readonly orderId: string; readonly idempotencyKey: string };

/** What a command changes orders with. */
export type OrderUpdates = { readonly store: Pick<Store, "update">; readonly now: () => Date };

/**
 * Carries out a command on an order: under its lock, once for each idempotency key, and only where the caller may read
 * the order. Throws ORDER_NOT_FOUND, IDEMPOTENCY_KEY_REUSED and what `decide` throws.
 */
export async function updateByCommand<Schema extends DescMessage>(
  { store, now }: OrderUpdates,
  schema: Schema,
  request: MessageShape<Schema> & CommandRequest,
  call: Call,
  decide: (order: Order, context: Context) => Decision,
): Promise<Order> {
  const orderId = request.orderId.toLowerCase();
  const hashed = { prefix: schema.typeName, schema, request: { ...request, orderId } };
  const key = requestKeyOf(request.idempotencyKey, call, hashed);
  const context = { now: now(), actor: actorOf(call.caller) };
  return updateForCall(store, orderId, key, call, (order) => {
    requireReadable(order, call.caller);
    return decide(order, context);
  });
}

/** Changes an order for a call, once for its key; a repeat sets the trailer `idempotent-replay`. */
export async function updateForCall(
  store: Pick<Store, "update">,
  id: string,
  key: RequestKey | undefined,
  call: Call,
  decide: (order: Order) => Decision,
): Promise<Order> {
  call.requireTime();
  const { traceparent } = call;
  const { kind, state } = await store.update({ id, key, call, traceparent, decide });
  if (kind === "replayed") call.setTrailer("idempotent-replay", "true");
  return state;
}

/** Throws ORDER_NOT_FOUND unless the caller may read the order. */
function requireReadable({ id, userId }: Order, caller: Caller): void {
  if (!mayRead(userId, caller)) throw appError("ORDER_NOT_FOUND", `no order ${id}`);
}
