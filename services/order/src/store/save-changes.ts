import { inboxInsertFrom } from "@till/events/consume";
import { outbox, type OutgoingEvent } from "@till/events/outbox";
import { prepared, rowSet, type Statement } from "@till/postgres/statements";
import { historyFrom } from "./statements.ts";

const changed = rowSet("changed", 1, {
  id: "uuid",
  user_id: "text",
  decided_on: "integer",
  event_id: "text",
  caller_id: "text",
  key: "text",
  request_hash: "text",
  status: "text",
  prior_status: "text",
  captured_minor: "bigint",
  refunded_minor: "bigint",
  delivery_refunded_minor: "bigint",
  version: "integer",
  payment_id: "uuid",
  payment_method: "text",
  transaction_id: "text",
  paid_at: "timestamptz",
  failed_payments: "integer",
  cancel_reason: "text",
  refund_id: "uuid",
  refunded_from: "text",
  refund_due_minor: "bigint",
  dispute_id: "text",
  dispute_state: "text",
  carrier: "text",
  tracking_number: "text",
  delivered_at: "timestamptz",
  completed_at: "timestamptz",
  access_since: "timestamptz",
  returned_at: "timestamptz",
  stock_state: "text",
  stock_due: "text",
  inventory_released_at: "timestamptz",
  updated_at: "timestamptz",
  expires_at: "timestamptz",
});
const laterHistory = historyFrom(changed.next);
const laterEvents = outbox(laterHistory.next);
const group = laterEvents.next;
const lockTimeout = group + 1;
const touched = rowSet("touched", lockTimeout + 1, {
  user_id: "text",
  order_id: "uuid",
  id: "uuid",
  live: "boolean",
  ref_id: "text",
  name: "text",
  refunded_minor: "bigint",
  stock_release: "text",
  starts_at: "timestamptz",
  ends_at: "timestamptz",
  cancelled_seats: "integer",
  refund_due_minor: "bigint",
  booking_status: "text",
});
const refund = rowSet("refund", touched.next, {
  user_id: "text",
  order_id: "uuid",
  id: "uuid",
  state: "text",
  reason: "text",
  amount_minor: "bigint",
  items: "jsonb",
  delivery_minor: "bigint",
  due_minor: "bigint",
  remark: "text",
  at: "timestamptz",
});
const seat = rowSet("seat", refund.next, { order_id: "uuid", session_id: "text", seats: "integer" });

/** The CTEs that lock the sessions whose seats change, after their orders. */
const lockSessions = `, seat AS MATERIALIZED (
     SELECT * FROM ${seat.from}
   ), session AS MATERIALIZED (
     SELECT session_id FROM session_seats
      WHERE session_id = ANY(ARRAY(SELECT session_id FROM seat WHERE order_id = ANY(ARRAY(SELECT id FROM current))))
      ORDER BY session_id FOR UPDATE
   )`;

/** The CTEs that write lines, refunds and seats. */
const writeLines = `, new_seats AS (
     UPDATE session_seats s SET taken = s.taken + change.seats
       FROM (SELECT session_id, sum(seats)::integer AS seats FROM seat
              WHERE order_id IN (SELECT id FROM written) GROUP BY session_id) AS change
      WHERE s.session_id = change.session_id
   ), new_lines AS (
     UPDATE order_items i
        SET live = touched.live, ref_id = touched.ref_id, name = touched.name,
            refunded_minor = touched.refunded_minor, stock_release = touched.stock_release,
            starts_at = touched.starts_at, ends_at = touched.ends_at, cancelled_seats = touched.cancelled_seats,
            refund_due_minor = touched.refund_due_minor, booking_status = touched.booking_status
       FROM ${touched.from}
      WHERE i.user_id = touched.user_id AND i.order_id = touched.order_id AND i.id = touched.id
        AND touched.order_id IN (SELECT id FROM written)
   ), new_refunds AS (
     INSERT INTO order_refund (user_id, order_id, id, state, reason, amount_minor, items, delivery_minor, due_minor, remark,
                               created_at, updated_at)
     SELECT user_id, order_id, id, state, reason, amount_minor, items, delivery_minor, due_minor, remark, at, at FROM ${refund.from}
      WHERE order_id IN (SELECT id FROM written)
     ON CONFLICT (order_id, id) DO UPDATE
       SET state = EXCLUDED.state, reason = EXCLUDED.reason, amount_minor = EXCLUDED.amount_minor,
           items = EXCLUDED.items, delivery_minor = EXCLUDED.delivery_minor, due_minor = EXCLUDED.due_minor,
           remark = EXCLUDED.remark, updated_at = EXCLUDED.updated_at
   )`;

/**
 * Writes a batch of changes: orders, lines, seats, refunds, history, outbox rows, used keys, applied events. Nothing is
 * written of an order that has another version than the change was decided on, or whose key or event is recorded already.
 * Returns the ids of the orders that were written.
 *
 * A lock that was waited for is granted on the row as it is now, and the version is compared again. Locks are taken in
 * the same order by every batch: orders by their ids, sessions by theirs, then keys and events; so two never deadlock.
 * The statement runs by itself, so it sets its own time-out for locks: "0" is none.
 *
 * The orders are found one by one: a plan that is made while the table is nearly empty must not read all of it. Most
 * changes touch no line, refund or seat: their statement is without the CTEs for those, which take time to set up.
 */
const save = (name: string, lines: boolean): Statement =>
  prepared(
    name,
    `WITH changed AS MATERIALIZED (
     SELECT changed.* FROM set_config('lock_timeout', $${lockTimeout}, true), ${changed.from}
   ), current AS MATERIALIZED (
     SELECT changed.* FROM (SELECT * FROM changed ORDER BY id) AS changed
      CROSS JOIN LATERAL (SELECT FROM orders o WHERE o.user_id = changed.user_id AND o.id = changed.id
                             AND o.version = changed.decided_on FOR UPDATE) AS o
   )${lines ? lockSessions : ""}, locked AS MATERIALIZED (
     SELECT * FROM current${lines ? " WHERE (SELECT count(*) FROM session) >= 0" : ""}
   ), new_keys AS (
     INSERT INTO idempotency_key (caller_id, key, request_hash, user_id, order_id, created_at)
     SELECT caller_id, key, request_hash, user_id, id, updated_at FROM locked
      WHERE key IS NOT NULL ORDER BY caller_id, key
     ON CONFLICT DO NOTHING
     RETURNING order_id AS id
   ), applied AS (
     ${inboxInsertFrom("locked", group)}
   ), written AS MATERIALIZED (
     SELECT * FROM locked
      WHERE (key IS NULL OR id IN (SELECT id FROM new_keys))
        AND (event_id IS NULL OR event_id IN (SELECT event_id FROM applied))
   ), new_state AS (
     UPDATE orders o
        SET status = written.status, prior_status = written.prior_status, captured_minor = written.captured_minor,
            refunded_minor = written.refunded_minor, delivery_refunded_minor = written.delivery_refunded_minor,
            version = written.version, payment_id = written.payment_id,
            payment_method = written.payment_method, transaction_id = written.transaction_id, paid_at = written.paid_at,
            failed_payments = written.failed_payments, cancel_reason = written.cancel_reason,
            refund_id = written.refund_id, refunded_from = written.refunded_from,
            refund_due_minor = written.refund_due_minor, dispute_id = written.dispute_id,
            dispute_state = written.dispute_state, carrier = written.carrier, tracking_number = written.tracking_number,
            delivered_at = written.delivered_at, completed_at = written.completed_at, access_since = written.access_since,
            returned_at = written.returned_at,
            stock_state = written.stock_state, stock_due = written.stock_due,
            inventory_released_at = written.inventory_released_at, updated_at = written.updated_at,
            expires_at = written.expires_at
       FROM written
      WHERE o.user_id = written.user_id AND o.id = written.id AND written.version <> written.decided_on
   )${lines ? writeLines : ""}, new_history AS (
     INSERT INTO order_event (${laterHistory.columns})
     SELECT ${laterHistory.columns} FROM ${laterHistory.from} WHERE order_id IN (SELECT id FROM written)
   ), new_events AS (
     ${laterEvents.insert("event.key IN (SELECT id::text FROM written)")}
   )
   SELECT id FROM written`,
  );

const saveOrders = save("save_changes_by_version", false);
const saveOrdersAndLines = save("save_changes_of_lines", true);

/** The statement that writes these rows, the shorter one where no lines, refunds or seats are among them, and its parameters. */
export function saveChanges(rows: {
  readonly states: Parameters<typeof changed.params>[0];
  readonly lines: Parameters<typeof touched.params>[0];
  readonly refunds: Parameters<typeof refund.params>[0];
  readonly history: Parameters<typeof laterHistory.params>[0];
  readonly events: readonly OutgoingEvent[];
  readonly seats: Parameters<typeof seat.params>[0];
  readonly consumerGroup: string;
  readonly lockTimeoutMs: number;
}) {
  const params = [
    ...changed.params(rows.states),
    ...laterHistory.params(rows.history),
    ...laterEvents.params(rows.events),
    rows.consumerGroup,
    String(rows.lockTimeoutMs),
  ];
  if (rows.lines.length + rows.refunds.length + rows.seats.length === 0)
    return { statement: saveOrders, params };
  const ofLines = [touched.params(rows.lines), refund.params(rows.refunds), seat.params(rows.seats)];
  return { statement: saveOrdersAndLines, params: [...params, ...ofLines.flat()] };
}
