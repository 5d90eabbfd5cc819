import { prepared, query, type Db } from "@till/postgres/statements";
import type { RequestKey } from "@till/rpc/request-key";
import type { PoolClient } from "pg";
import type { Order } from "../rules/order.ts";
import { appError } from "../rules/errors.ts";

// A reservation record is written before the inventory is called for an order that is not written yet. The commit that
// writes the order deletes the record, and only while it is OPEN; a release of the reservation makes it RELEASING first.
// So an order is never written without its reservation, and no reservation stays without an order. Times are those of
// Postgres, which all replicas share.

const open = prepared(
  "open_stock_intent",
  `INSERT INTO stock_intent (order_id, state, due_at, caller_id, key)
   VALUES ($1, 'OPEN', now() + interval '2 minutes', $2, $3)`,
);
const findConcurrent = prepared(
  "find_concurrent_stock_intent",
  `SELECT order_id FROM stock_intent WHERE caller_id = $2 AND key = $3 AND order_id <> $1 AND state = 'OPEN' LIMIT 1`,
);
const claim = prepared(
  "claim_stock_intent",
  `UPDATE stock_intent SET state = 'RELEASING', due_at = now() + interval '10 seconds'
    WHERE order_id = $1 AND state = 'OPEN' RETURNING order_id`,
);
const claimDue = prepared(
  "claim_due_stock_intents",
  `UPDATE stock_intent SET state = 'RELEASING', due_at = now() + interval '10 seconds'
    WHERE order_id IN (SELECT order_id FROM stock_intent WHERE due_at <= now()
                        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   RETURNING order_id`,
);
const close = prepared("close_stock_intent", `DELETE FROM stock_intent WHERE order_id = $1`);
const use = prepared(
  "use_stock_intents",
  `DELETE FROM stock_intent WHERE order_id = ANY($1::uuid[]) AND state = 'OPEN' RETURNING order_id`,
);

type Connections = Pick<Db, "pool">;
type Row = { readonly order_id: string };

/** A new order that needs a stock reservation, and the key of its request. */
export type ReservationRequest = { readonly order: Order; readonly key: RequestKey };

/** Opens the record of a reservation. It is abandoned after two minutes without its order. */
export async function openReservation(db: Connections, { order, key }: ReservationRequest): Promise<void> {
  await query(db.pool, open, [order.id, key.callerId, key.key]);
}

/** Whether a concurrent request with the same key has a reservation, too. */
export async function hasConcurrentRequest(
  db: Connections,
  { order, key }: ReservationRequest,
): Promise<boolean> {
  return (await query<Row>(db.pool, findConcurrent, [order.id, key.callerId, key.key])).length > 0;
}

/** Claims a reservation for its release. False: its order is written, or its release has begun. */
export async function claimReservation(db: Connections, orderId: string): Promise<boolean> {
  return (await query<Row>(db.pool, claim, [orderId])).length > 0;
}

/** Claims up to `limit` abandoned reservations for their release; one that is not closed soon can be claimed again. */
export async function claimAbandoned(db: Connections, limit: number): Promise<string[]> {
  return (await query<Row>(db.pool, claimDue, [limit])).map(({ order_id }) => order_id);
}

/** Deletes the record of a released reservation. */
export async function closeReservation(db: Connections, orderId: string): Promise<void> {
  await query(db.pool, close, [orderId]);
}

/** Deletes the records of orders that are being written. Throws UPSTREAM_UNAVAILABLE where a release has begun. */
export async function useReservations(tx: PoolClient, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  const rows = await query<Row>(tx, use, [orderIds]);
  if (rows.length === orderIds.length) return;
  throw appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
    upstream: "inventory",
    cause: new Error("the reservation was abandoned before its order was written"),
  });
}
