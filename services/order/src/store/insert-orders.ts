import { outbox, type OutgoingEvent } from "@till/events/outbox";
import { prepared, rowSet } from "@till/postgres/statements";
import { historyFrom } from "./statements.ts";

const requested = rowSet("requested", 1, {
  caller_id: "text",
  key: "text",
  request_hash: "text",
  id: "uuid",
  user_id: "text",
  status: "text",
  version: "integer",
  currency: "text",
  total_minor: "bigint",
  shipping_fee_minor: "bigint",
  discount_minor: "bigint",
  stock_state: "text",
  stock_due: "text",
  access_since: "timestamptz",
  details: "jsonb",
  created_at: "timestamptz",
  expires_at: "timestamptz",
});
const items = rowSet("item", requested.next, {
  user_id: "text",
  order_id: "uuid",
  id: "uuid",
  kind: "text",
  ref_id: "text",
  name: "text",
  quantity: "integer",
  unit_price_minor: "bigint",
  paid_minor: "bigint",
  offer_id: "text",
  offer_title: "text",
  offer_read_at: "timestamptz",
  starts_at: "timestamptz",
  ends_at: "timestamptz",
  booking_status: "text",
});
const firstHistory = historyFrom(items.next);
const firstEvents = outbox(firstHistory.next);

const maxUnpaid = firstEvents.next;
const lockTimeout = maxUnpaid + 1;

/**
 * Writes a batch of new orders with lines, history, outbox rows and idempotency keys. Nothing is written of an order
 * whose key is taken, that buys a course its user has, or that exceeds the user's unpaid orders. Returns the ids of the
 * orders that were written.
 *
 * Each line is checked for an earlier purchase by a subquery that cannot become a join: a plan made while the table is
 * nearly empty is kept, and a join would then read all of it.
 *
 * Users are locked, always in the same order, before any key or line is written, so that two batches never deadlock. The
 * statement may run by itself, so it sets its own time-out for locks: "0" is none.
 */
export const insertOrders = prepared(
  "insert_orders",
  `WITH waits AS MATERIALIZED (
     SELECT set_config('lock_timeout', $${lockTimeout}, true)
   ), requested AS MATERIALIZED (
     SELECT requested.* FROM waits, ${requested.from}
   ), line AS MATERIALIZED (
     SELECT * FROM ${items.from}
   ), purchased AS (
     SELECT line.order_id FROM line
      WHERE line.kind = 'DIGITAL_COURSE'
        AND (SELECT had.live FROM order_items had WHERE had.user_id = line.user_id AND had.ref_id = line.ref_id
                AND had.live AND had.kind = 'DIGITAL_COURSE' LIMIT 1)
   ), wanted AS MATERIALIZED (
     SELECT requested.* FROM (
       SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY ord) AS nth FROM requested
     ) AS requested
       JOIN unpaid_orders_of(ARRAY(SELECT user_id FROM requested), $${maxUnpaid}) ON buyer = requested.user_id
      WHERE requested.id NOT IN (SELECT order_id FROM purchased) AND unpaid + requested.nth <= $${maxUnpaid}
   ), keys AS (
     INSERT INTO idempotency_key (caller_id, key, request_hash, user_id, order_id, created_at)
     SELECT caller_id, key, request_hash, user_id, id, created_at FROM wanted ORDER BY ord
     ON CONFLICT DO NOTHING
     RETURNING order_id
   ), new_orders AS (
     INSERT INTO orders (id, user_id, status, currency, total_minor, shipping_fee_minor, discount_minor, version,
                         stock_state, stock_due, access_since, details, created_at, updated_at, expires_at)
     SELECT id, user_id, status, currency, total_minor, shipping_fee_minor, discount_minor, version, stock_state,
            stock_due, access_since, details, created_at, created_at, expires_at
       FROM wanted WHERE id IN (SELECT order_id FROM keys)
   ), new_items AS (
     INSERT INTO order_items (${items.columns})
     SELECT ${items.columns} FROM line WHERE order_id IN (SELECT order_id FROM keys)
   ), new_history AS (
     INSERT INTO order_event (${firstHistory.columns})
     SELECT ${firstHistory.columns} FROM ${firstHistory.from} WHERE order_id IN (SELECT order_id FROM keys)
   ), new_events AS (
     ${firstEvents.insert("event.key IN (SELECT order_id::text FROM keys)")}
   )
   SELECT order_id FROM keys`,
);

/** The parameters of `insertOrders`. Keys are written in the order of `requested`. */
export const insertParams = (rows: {
  readonly requested: Parameters<typeof requested.params>[0];
  readonly items: Parameters<typeof items.params>[0];
  readonly history: Parameters<typeof firstHistory.params>[0];
  readonly events: readonly OutgoingEvent[];
  readonly maxUnpaid: number;
  readonly lockTimeoutMs: number;
}) => [
  ...requested.params(rows.requested),
  ...items.params(rows.items),
  ...firstHistory.params(rows.history),
  ...firstEvents.params(rows.events),
  rows.maxUnpaid,
  String(rows.lockTimeoutMs),
];
