import { prepared, query } from "@till/postgres/statements";
import type { AppError } from "@till/rpc/errors";
import type { Pool } from "pg";
import { appError } from "../rules/errors.ts";
import { isAwaitingPayment, type Order, type OrderStatus } from "../rules/order.ts";
import { unpaid } from "./statements.ts";

const selectBlocking = prepared(
  "select_blocking",
  `SELECT o.id, o.status, had.ref_id FROM order_items had
     JOIN orders o ON o.user_id = had.user_id AND o.id = had.order_id
    WHERE had.user_id = $1 AND had.ref_id = ANY($2::text[]) AND had.live AND had.kind = 'DIGITAL_COURSE' LIMIT 1`,
);
const countUnpaid = prepared(
  "count_unpaid",
  `SELECT count(*)::int AS open FROM (SELECT FROM orders WHERE user_id = $1 AND ${unpaid} LIMIT $2) AS open`,
);

/**
 * Returns the reason that keeps an order from being written: ALREADY_PURCHASED or ORDER_IN_PROGRESS with the other order,
 * or RATE_LIMITED where the user has too many unpaid ones; undefined where the reason is gone.
 */
export async function whyBlocked(pool: Pool, order: Order, maxUnpaid: number): Promise<AppError | undefined> {
  const courses = order.items.filter(({ kind }) => kind === "DIGITAL_COURSE").map(({ refId }) => refId);
  const params = [order.userId, courses];
  const [other] = await query<{ id: string; status: OrderStatus; ref_id: string }>(
    pool,
    selectBlocking,
    params,
  );
  if (other) {
    const metadata = { order_id: other.id, id: other.ref_id };
    if (isAwaitingPayment(other.status))
      return appError("ORDER_IN_PROGRESS", "an unpaid order for this course exists", { metadata });
    return appError("ALREADY_PURCHASED", "the user has this course already", { metadata });
  }
  const [row] = await query<{ open: number }>(pool, countUnpaid, [order.userId, maxUnpaid]);
  if ((row?.open ?? 0) < maxUnpaid) return undefined;
  const metadata = { limit: String(maxUnpaid) };
  return appError("RATE_LIMITED", `the user has ${maxUnpaid} unpaid orders; pay or cancel one first`, {
    metadata,
    retryAfterMs: 60_000,
  });
}
