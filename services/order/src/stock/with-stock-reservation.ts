import { AppError } from "@till/rpc/errors";
import type { Call } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { appError, type Reason } from "../rules/errors.ts";
import type { Placed } from "../store/store.ts";
import { productQuantities } from "../rules/stock.ts";
import { hasRival, openIntent, type Asked } from "../store/reservation-records.ts";
import { giveUp } from "../recovery/release-abandoned.ts";

/** Goods are kept this much longer than anybody may pay for them. */
const marginMs = 10 * 60_000;

/**
 * Sets an order's goods aside, then lets `write` write it. Whatever comes of it, nothing stays set aside without an
 * order: it is released at once, or after a crash by the sweeper. Throws OUT_OF_STOCK or PRODUCT_NOT_FOUND, or
 * REQUEST_IN_PROGRESS where a repeat at the same time may be the one that has the last of the goods.
 */
export async function withGoods(
  deps: Deps,
  asked: Asked,
  call: Call,
  write: () => Promise<Placed>,
): Promise<Placed> {
  const { order } = asked;
  if (order.stock === undefined) return write();
  call.requireTime();
  await openIntent(deps.db, asked);
  let placed: Placed | undefined;
  try {
    await setAside(deps, asked, call);
    placed = await write();
    return placed;
  } finally {
    if (placed?.order.id !== order.id) await giveUp(deps, order.id);
  }
}

async function setAside({ db, inventory, policies }: Deps, asked: Asked, call: Call): Promise<void> {
  const { id: orderId, expiresAt: unpaidUntil } = asked.order;
  const expiresAt = new Date(unpaidUntil.getTime() + policies.paymentGraceMs + marginMs);
  try {
    await inventory.reserve({ orderId, lines: productQuantities(asked.order), expiresAt }, call.forward());
  } catch (error) {
    const refused = refusalOf(error);
    if (refused.reason !== "OUT_OF_STOCK" || !(await hasRival(db, asked))) throw refused;
    const facts = { retryAfterMs: 200, cause: refused };
    throw appError("REQUEST_IN_PROGRESS", "this request is being carried out already, try again", facts);
  }
}

/** What the inventory refuses goods with; anything else it says is its own trouble. */
function refusalOf(error: unknown): AppError {
  const isRefusal = error instanceof AppError && reasons.has(error.reason);
  if (!isRefusal)
    return appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
      upstream: "inventory",
      cause: error,
    });
  const { metadata = {} } = error.facts;
  // Its facts are named after the products: the first of them is what this is about.
  const id = metadata.id ?? Object.keys(metadata)[0]?.replace(/\..*/, "") ?? "";
  return appError(error.reason as Reason, error.message, { metadata: { ...metadata, id }, cause: error });
}

const reasons: ReadonlySet<string> = new Set<Reason>(["OUT_OF_STOCK", "PRODUCT_NOT_FOUND"]);
