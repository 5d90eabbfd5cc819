import { inboxInsert, inboxSelect, outbox, type OutgoingEvent } from "@till/events";
import { prepared, rowSet } from "@till/postgres";

/** An order with its lines, as `OrderRow`. */
export const orderColumns = `
  o.id, o.user_id, o.status, o.currency, o.total_minor, o.shipping_fee_minor, o.discount_minor, o.captured_minor,
  o.refunded_minor, o.version, o.payment_id, o.failed_payments, o.cancel_reason, o.details, o.created_at,
  o.updated_at, o.expires_at,
  (SELECT json_agg(json_build_object('id', i.id, 'kind', i.kind, 'ref_id', i.ref_id, 'name', i.name,
            'quantity', i.quantity, 'unit_price_minor', i.unit_price_minor::text) ORDER BY i.id)
     FROM order_items i WHERE i.user_id = o.user_id AND i.order_id = o.id) AS items`;

const asked = rowSet("asked", 1, {
  caller_id: "text",
  key: "text",
  request_hash: "text",
  id: "uuid",
  user_id: "uuid",
  currency: "text",
  total_minor: "bigint",
  shipping_fee_minor: "bigint",
  discount_minor: "bigint",
  details: "jsonb",
  created_at: "timestamptz",
  expires_at: "timestamptz",
});
const items = rowSet("item", asked.next, {
  user_id: "uuid",
  order_id: "uuid",
  id: "uuid",
  kind: "text",
  ref_id: "uuid",
  name: "text",
  quantity: "integer",
  unit_price_minor: "bigint",
});
const historyFrom = (first: number) =>
  rowSet("entry", first, {
    user_id: "uuid",
    order_id: "uuid",
    version: "integer",
    position: "integer",
    type: "text",
    from_status: "text",
    to_status: "text",
    actor: "text",
    reason: "text",
    created_at: "timestamptz",
  });
const firstHistory = historyFrom(items.next);
const firstEvents = outbox(firstHistory.next);

/**
 * Writes a batch of new orders with lines, history, outbox rows and idempotency keys. The key decides: an order whose
 * key is taken writes nothing at all. Answers the orders that were written.
 */
export const insertOrders = prepared(
  "insert_orders",
  `WITH asked AS MATERIALIZED (
     SELECT * FROM ${asked.from}
   ), keys AS (
     INSERT INTO idempotency_key (caller_id, key, request_hash, user_id, order_id, created_at)
     SELECT caller_id, key, request_hash, user_id, id, created_at FROM asked ORDER BY ord
     ON CONFLICT DO NOTHING
     RETURNING order_id
   ), new_orders AS (
     INSERT INTO orders (id, user_id, status, currency, total_minor, shipping_fee_minor, discount_minor, version,
                         details, created_at, updated_at, expires_at)
     SELECT id, user_id, 'CREATED', currency, total_minor, shipping_fee_minor, discount_minor, 1, details, created_at,
            created_at, expires_at
       FROM asked WHERE id IN (SELECT order_id FROM keys)
   ), new_items AS (
     INSERT INTO order_items (${items.columns})
     SELECT ${items.columns} FROM ${items.from} WHERE order_id IN (SELECT order_id FROM keys)
   ), new_history AS (
     INSERT INTO order_event (${firstHistory.columns})
     SELECT ${firstHistory.columns} FROM ${firstHistory.from} WHERE order_id IN (SELECT order_id FROM keys)
   ), new_events AS (
     ${firstEvents.insert("event.key IN (SELECT order_id::text FROM keys)")}
   )
   SELECT order_id FROM keys`,
);

/** The parameters of `insertOrders`. Keys go in the order of `asked`. */
export const insertParams = (rows: {
  readonly asked: Parameters<typeof asked.params>[0];
  readonly items: Parameters<typeof items.params>[0];
  readonly history: Parameters<typeof firstHistory.params>[0];
  readonly events: readonly OutgoingEvent[];
}) => [
  ...asked.params(rows.asked),
  ...items.params(rows.items),
  ...firstHistory.params(rows.history),
  ...firstEvents.params(rows.events),
];

/** The orders of a batch of keys, with what their request was. */
export const selectByKeys = prepared(
  "select_by_keys",
  `SELECT k.caller_id, k.key, k.request_hash, ${orderColumns}
     FROM unnest($1::text[], $2::text[]) AS asked(caller_id, key)
     JOIN idempotency_key k ON k.caller_id = asked.caller_id AND k.key = asked.key
     JOIN orders o ON o.user_id = k.user_id AND o.id = k.order_id`,
);

/** Locks orders in the order of their ids, so that two batches never wait for each other in a circle. */
export const lockOrders = prepared(
  "lock_orders",
  `SELECT ${orderColumns} FROM orders o WHERE o.id = ANY($1::uuid[]) ORDER BY o.id FOR UPDATE OF o`,
);

export const selectApplied = prepared("select_applied", inboxSelect(1, 2));

const changed = rowSet("changed", 1, {
  id: "uuid",
  user_id: "uuid",
  status: "text",
  captured_minor: "bigint",
  refunded_minor: "bigint",
  version: "integer",
  payment_id: "uuid",
  failed_payments: "integer",
  cancel_reason: "text",
  updated_at: "timestamptz",
});
const laterHistory = historyFrom(changed.next);
const laterEvents = outbox(laterHistory.next);

/** Writes a batch of changes: orders, history, outbox rows, applied events. */
export const saveChanges = prepared(
  "save_changes",
  `WITH new_state AS (
     UPDATE orders o
        SET status = changed.status, captured_minor = changed.captured_minor, refunded_minor = changed.refunded_minor,
            version = changed.version, payment_id = changed.payment_id, failed_payments = changed.failed_payments,
            cancel_reason = changed.cancel_reason, updated_at = changed.updated_at
       FROM ${changed.from}
      WHERE o.user_id = changed.user_id AND o.id = changed.id
   ), new_history AS (
     INSERT INTO order_event (${laterHistory.columns})
     SELECT ${laterHistory.columns} FROM ${laterHistory.from}
   ), new_events AS (
     ${laterEvents.insert()}
   )
   ${inboxInsert(laterEvents.next, laterEvents.next + 1)}`,
);

/** The parameters of `saveChanges`. */
export const saveParams = (rows: {
  readonly states: Parameters<typeof changed.params>[0];
  readonly history: Parameters<typeof laterHistory.params>[0];
  readonly events: readonly OutgoingEvent[];
  readonly consumerGroup: string;
  readonly eventIds: readonly string[];
}) => [
  ...changed.params(rows.states),
  ...laterHistory.params(rows.history),
  ...laterEvents.params(rows.events),
  rows.consumerGroup,
  rows.eventIds,
];

export const selectOrder = prepared("select_order", `SELECT ${orderColumns} FROM orders o WHERE o.id = $1`);

export const selectOrders = prepared(
  "select_orders",
  `SELECT ${orderColumns} FROM orders o WHERE o.id = ANY($1::uuid[])`,
);

export const selectHistory = prepared(
  "select_history",
  `SELECT user_id, order_id, version, type, from_status, to_status, actor, reason, created_at
     FROM order_event WHERE user_id = $1 AND order_id = $2 ORDER BY version, position`,
);
