import type { RequestKey } from "@till/rpc/request-key";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { requestKeyOf, type Call, type Caller } from "@till/rpc/server";
import type { Context, Decision } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import { appError } from "../rules/errors.ts";
import type { Order } from "../rules/order.ts";
import { mayRead } from "../rules/access.ts";

/** What every command on an order says. */
export type CommandRequest = { readonly orderId: string; readonly idempotencyKey: string };

/**
 * Carries out a caller's command on an order: under its lock, once for each idempotency key, and only where the caller
 * may see the order. Throws ORDER_NOT_FOUND, IDEMPOTENCY_KEY_REUSED and what `decide` throws.
 */
export async function updateByCommand<Schema extends DescMessage>(
  deps: Pick<Deps, "store" | "now">,
  schema: Schema,
  request: MessageShape<Schema> & CommandRequest,
  call: Call,
  decide: (order: Order, context: Context) => Decision,
): Promise<Order> {
  const orderId = request.orderId.toLowerCase();
  const hashed = { prefix: schema.typeName, schema, request: { ...request, orderId } };
  const key = requestKeyOf(request.idempotencyKey, call, hashed);
  const context = contextOf(deps, call);
  return carryOut(deps, orderId, key, call, (order) => {
    requireReadable(order, call.caller);
    return decide(order, context);
  });
}

/** Changes an order as a call asks, once for its key, and says so where the key had been used before. */
export async function carryOut(
  deps: Pick<Deps, "store">,
  id: string,
  key: RequestKey | undefined,
  call: Call,
  decide: (order: Order) => Decision,
): Promise<Order> {
  call.requireTime();
  const { traceparent } = call;
  const { kind, state } = await deps.store.update({ id, key, call, traceparent, decide });
  if (kind === "replayed") call.setTrailer("idempotent-replay", "true");
  return state;
}

/** When and by whom a call's change is made. */
export function contextOf({ now }: Pick<Deps, "now">, { caller }: Pick<Call, "caller">): Context {
  return { now: now(), actor: `${caller.role}:${caller.id}` };
}

/** Throws ORDER_NOT_FOUND for somebody else's order, as if it did not exist (spec C19). */
export function requireReadable({ id, userId }: Order, caller: Caller): void {
  if (!mayRead(userId, caller)) throw appError("ORDER_NOT_FOUND", `no order ${id}`);
}
