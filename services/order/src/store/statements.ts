import { prepared, rowSet, unnested } from "@till/postgres/statements";

/** An order with its lines, as `OrderRow`. */
export const orderColumns = `
  o.id, o.user_id, o.status, o.prior_status, o.currency, o.total_minor, o.shipping_fee_minor, o.discount_minor,
  o.captured_minor, o.refunded_minor, o.delivery_refunded_minor, o.version, o.payment_id, o.payment_method,
  o.transaction_id, o.paid_at, o.failed_payments, o.cancel_reason, o.refunded_from, o.refund_due_minor, o.dispute_id, o.dispute_state, o.carrier,
  o.tracking_number, o.delivered_at, o.completed_at, o.returned_at, o.stock_state, o.inventory_released_at, o.details, o.created_at,
  o.updated_at, o.expires_at,
  CASE WHEN o.refund_id IS NOT NULL THEN (
    SELECT json_build_object('id', r.id, 'state', r.state, 'reason', r.reason, 'amount_minor', r.amount_minor::text,
             'items', r.items, 'delivery_minor', r.delivery_minor::text, 'due_minor', r.due_minor::text, 'remark', r.remark)
      FROM order_refund r WHERE r.user_id = o.user_id AND r.order_id = o.id AND r.id = o.refund_id) END AS refund,
  (SELECT json_agg(json_build_object('id', i.id, 'kind', i.kind, 'ref_id', i.ref_id, 'name', i.name,
            'quantity', i.quantity, 'unit_price_minor', i.unit_price_minor::text, 'paid_minor', i.paid_minor::text,
            'refunded_minor', i.refunded_minor::text, 'offer_id', i.offer_id,
            'offer_title', i.offer_title, 'offer_read_at', i.offer_read_at,
            'starts_at', i.starts_at, 'ends_at', i.ends_at, 'booking_status', i.booking_status,
            'cancelled_seats', i.cancelled_seats, 'refund_due_minor', i.refund_due_minor::text,
            'stock_release', i.stock_release)
            ORDER BY i.id)
     FROM order_items i WHERE i.user_id = o.user_id AND i.order_id = o.id) AS items`;

/** An order that may still be paid; part of the text of the indexes `orders_unpaid_by_user` and `orders_unpaid_by_expiry`. */
export const unpaid = `status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')`;

/** The history entries of a writing statement. */
export const historyFrom = (first: number) =>
  rowSet("entry", first, {
    id: "uuid",
    user_id: "text",
    order_id: "uuid",
    version: "integer",
    position: "integer",
    type: "text",
    from_status: "text",
    to_status: "text",
    actor: "text",
    reason: "text",
    amount_minor: "bigint",
    payload: "jsonb",
    created_at: "timestamptz",
  });

/** The orders of a batch of keys, with the hashes of their requests. */
export const selectByKeys = prepared(
  "select_by_keys",
  `SELECT k.caller_id, k.key, k.request_hash, ${orderColumns}
     FROM unnest($1::text[], $2::text[]) AS requested(caller_id, key)
     JOIN idempotency_key k ON k.caller_id = requested.caller_id AND k.key = requested.key
     JOIN orders o ON o.user_id = k.user_id AND o.id = k.order_id`,
);

export const selectOrder = prepared("select_order", `SELECT ${orderColumns} FROM orders o WHERE o.id = $1`);

// One by one: a plan that is made while the table is nearly empty must not read all of it.
export const selectOrders = prepared(
  "select_orders",
  `SELECT ${orderColumns} FROM ${unnested("$1::uuid[]")} AS requested(id)
     CROSS JOIN LATERAL (SELECT * FROM orders WHERE orders.id = requested.id OFFSET 0) o`,
);

export const selectHistory = prepared(
  "select_history",
  `SELECT id, user_id, order_id, version, type, from_status, to_status, actor, reason, amount_minor, payload, created_at
     FROM order_event WHERE user_id = $1 AND order_id = $2 ORDER BY version, position`,
);
