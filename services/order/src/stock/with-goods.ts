import { reasonOf, upstreamUnavailable, AppError, type Call } from "@till/rpc";
import type { Deps } from "../deps.ts";
import { failure } from "../errors.ts";
import type { Order } from "../order.ts";
import type { Placed } from "../store.ts";
import { goodsOf } from "./goods-of.ts";
import { openIntent } from "./intents.ts";
import { giveUp } from "./release-leftovers.ts";

/** Goods are kept this much longer than anybody may pay for them. */
const marginMs = 10 * 60_000;

/**
 * Sets an order's goods aside, then lets `write` write it. Whatever comes of it, nothing stays set aside without an
 * order: it is released at once, or after a crash by the sweeper. Throws OUT_OF_STOCK or PRODUCT_NOT_FOUND.
 */
export async function withGoods(
  deps: Deps,
  order: Order,
  call: Call,
  write: () => Promise<Placed>,
): Promise<Placed> {
  if (order.stock === undefined) return write();
  call.requireTime();
  await openIntent(deps.db, order.id);
  let placed: Placed | undefined;
  try {
    await setAside(deps, order, call);
    placed = await write();
    return placed;
  } finally {
    if (placed?.order.id !== order.id) await giveUp(deps, order.id);
  }
}

async function setAside({ inventory, policies }: Deps, order: Order, call: Call): Promise<void> {
  const { id: orderId, expiresAt: unpaidUntil } = order;
  const expiresAt = new Date(unpaidUntil.getTime() + policies.paymentGraceMs + marginMs);
  await inventory.reserve({ orderId, lines: goodsOf(order), expiresAt }, call.forward()).catch(refuseGoods);
}

function refuseGoods(error: unknown): never {
  const reason = reasonOf(error);
  if (reason === "PRODUCT_NOT_FOUND") throw error;
  if (reason !== "OUT_OF_STOCK" || !(error instanceof AppError))
    throw upstreamUnavailable("inventory", error);
  const { metadata = {} } = error.facts;
  const id = Object.keys(metadata)[0]?.replace(/\..*/, "") ?? "";
  throw failure("OUT_OF_STOCK", error.message, { metadata: { ...metadata, id }, cause: error });
}
