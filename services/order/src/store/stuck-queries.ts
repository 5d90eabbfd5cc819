import { stuckQuery, type StuckQuery } from "@till/ops";
import { unpaid } from "./statements.ts";

/** What the order service did not finish in time, what may be the cause, and what an operator can do about it. */
export const stuckQueries: readonly StuckQuery[] = [
  stuckQuery("ORDER", {
    name: "orders",
    remedy: "VoidPayment ends a payment that is in progress; then ExpireOrder cancels the order",
    text: `
      SELECT id, expires_at AS since,
             status || ', and expired' || CASE WHEN payment_id IS NULL OR status <> 'PAYMENT_PENDING' THEN ''
               ELSE '; payment ' || payment_id || ' is in progress' END AS cause
        FROM orders WHERE ${unpaid} AND expires_at <= clock_timestamp() - interval '5 minutes' ORDER BY id LIMIT $1`,
  }),
  stuckQuery("REFUND", {
    name: "refunds",
    remedy:
      "a refund that failed is tried again by itself; where that cannot work, refund at the provider: reconciliation records it",
    text: `
      SELECT o.id, coalesce(r.updated_at, o.updated_at) AS since,
             CASE WHEN r.state = 'FAILED' THEN 'refund ' || r.id || ' failed'
               ELSE 'REFUND_PENDING without an outcome of ' || coalesce('refund ' || r.id, 'its refund') END AS cause
        FROM orders o
        LEFT JOIN order_refund r ON r.user_id = o.user_id AND r.order_id = o.id AND r.id = o.refund_id
       WHERE o.status = 'REFUND_PENDING'
         AND (r.state = 'FAILED' OR o.updated_at <= clock_timestamp() - interval '10 minutes')
       ORDER BY o.id LIMIT $1`,
  }),
  stuckQuery("REFUND", {
    name: "line_refunds",
    remedy: "nothing: the refund worker begins it once the order has no other refund",
    text: `
      SELECT o.id, min(o.updated_at) AS since, o.status || ' with lines whose refund is due' AS cause
        FROM order_items i JOIN orders o ON o.user_id = i.user_id AND o.id = i.order_id
       WHERE i.refund_due_minor > 0 AND o.status <> 'REFUND_PENDING'
         AND o.updated_at <= clock_timestamp() - interval '10 minutes'
       GROUP BY o.id, o.status ORDER BY o.id LIMIT $1`,
  }),
  stuckQuery("REFUND", {
    name: "refunds_due",
    remedy: "nothing: the refund worker begins it once the order has no other refund",
    text: `
      SELECT id, updated_at AS since, status || ', and a part of its refund that failed is due again' AS cause
        FROM orders
       WHERE refund_due_minor > 0 AND status <> 'REFUND_PENDING'
         AND updated_at <= clock_timestamp() - interval '10 minutes'
       ORDER BY id LIMIT $1`,
  }),
  stuckQuery("OPERATION", {
    name: "jobs",
    remedy: "nothing: the recovery worker goes on with it; the log has the error of its last attempt",
    text: `
      SELECT id, created_at AS since, kind || ' by ' || actor || ' is not finished' AS cause
        FROM job WHERE finished_at IS NULL AND created_at <= clock_timestamp() - interval '5 minutes'
       ORDER BY created_at LIMIT $1`,
  }),
  stuckQuery("REFUND", {
    name: "cancellations",
    remedy: "nothing: the refund worker begins its refund once the payment service responds",
    text: `
      SELECT id, updated_at AS since, status || ' with captured money, and no refund has begun' AS cause
        FROM orders
       WHERE status IN ('CANCELLED', 'RETURNED') AND captured_minor > refunded_minor
         AND updated_at <= clock_timestamp() - interval '5 minutes'
       ORDER BY id LIMIT $1`,
  }),
  stuckQuery("HOLD", {
    name: "stock_changes",
    remedy: "look at the inventory service: the worker repeats the call until it succeeds",
    text: `
      SELECT id, updated_at AS since, 'stock reservation: ' || stock_due || ' is not done yet' AS cause
        FROM orders WHERE stock_due IS NOT NULL AND updated_at <= clock_timestamp() - interval '2 minutes'
       ORDER BY updated_at LIMIT $1`,
  }),
  stuckQuery("HOLD", {
    name: "abandoned_reservations",
    remedy: "look at the inventory service: the worker releases the reservation once it responds",
    text: `
      SELECT order_id AS id, due_at AS since, 'a stock reservation without an order is not released yet' AS cause
        FROM stock_intent WHERE due_at <= clock_timestamp() - interval '2 minutes' ORDER BY due_at LIMIT $1`,
  }),
  stuckQuery("HOLD", {
    name: "missing_stock",
    remedy: "ship what there is, or cancel the order: its refund begins by itself",
    text: `
      SELECT id, updated_at AS since, status || ', and its stock is missing' AS cause
        FROM orders WHERE stock_state = 'MISSING' AND status IN ('PAID', 'READY_TO_SHIP') ORDER BY id LIMIT $1`,
  }),
];
