import type { RequestKey } from "@till/rpc/request-key";
import { prepared, query, type Db } from "@till/postgres/statements";
import type { Order } from "../rules/order.ts";

// An intent says that goods may be set aside for an order that is not written yet. The commit that writes the order
// uses it up (place-orders.ts), and only while it is OPEN; whoever releases the goods makes it RELEASING first. So an
// order is never written without its goods, and goods are never kept without an order. The time is Postgres's, which
// all replicas share.

const open = prepared(
  "open_stock_intent",
  `INSERT INTO stock_intent (order_id, state, due_at, caller_id, key)
   VALUES ($1, 'OPEN', clock_timestamp() + interval '2 minutes', $2, $3)`,
);
const findRival = prepared(
  "find_rival_stock_intent",
  `SELECT order_id FROM stock_intent WHERE caller_id = $2 AND key = $3 AND order_id <> $1 AND state = 'OPEN' LIMIT 1`,
);
const claim = prepared(
  "claim_stock_intent",
  `UPDATE stock_intent SET state = 'RELEASING', due_at = clock_timestamp() + interval '10 seconds'
    WHERE order_id = $1 AND state = 'OPEN' RETURNING order_id`,
);
const claimDue = prepared(
  "claim_due_stock_intents",
  `UPDATE stock_intent SET state = 'RELEASING', due_at = clock_timestamp() + interval '10 seconds'
    WHERE order_id IN (SELECT order_id FROM stock_intent WHERE due_at <= clock_timestamp()
                        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   RETURNING order_id`,
);
const close = prepared("close_stock_intent", `DELETE FROM stock_intent WHERE order_id = $1`);

type Row = { readonly order_id: string };
type On = Pick<Db, "pool">;
/** An order that is about to be written, and the key of the request for it. */
export type Asked = { readonly order: Order; readonly key: RequestKey };

/** Says that goods are about to be set aside for an order. They are released after two minutes without it. */
export async function openIntent({ pool }: On, { order, key }: Asked): Promise<void> {
  await query(pool, open, [order.id, key.callerId, key.key]);
}

/** Whether a repeat of the same request is having goods set aside as well. */
export async function hasRival({ pool }: On, { order, key }: Asked): Promise<boolean> {
  return (await query<Row>(pool, findRival, [order.id, key.callerId, key.key])).length > 0;
}

/** Takes an order's goods out of its hands. False: the order was written, or they are being released already. */
export async function claimIntent({ pool }: On, orderId: string): Promise<boolean> {
  return (await query<Row>(pool, claim, [orderId])).length > 0;
}

/** Takes up to so many intents whose time is over; one that is not closed soon is due again. */
export async function claimDueIntents({ pool }: On, limit: number): Promise<string[]> {
  return (await query<Row>(pool, claimDue, [limit])).map(({ order_id }) => order_id);
}

/** Says that an order's goods are released. */
export async function closeIntent({ pool }: On, orderId: string): Promise<void> {
  await query(pool, close, [orderId]);
}
