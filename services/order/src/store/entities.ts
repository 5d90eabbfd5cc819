import {
  bigint,
  boolean,
  externalId,
  integer,
  jsonb,
  nullable,
  primary,
  text,
  timestamptz,
  uuid,
} from "@till/postgres/columns";
import { eventEntities } from "@till/events/entities";
import { operatorActionEntity } from "@till/ops/operator-actions";
import { leaseEntity } from "@till/postgres/lease-table";
import { EntitySchema } from "typeorm";

const ordersTable = new EntitySchema({
  name: "orders",
  columns: {
    id: primary(uuid),
    user_id: externalId,
    status: text,
    currency: text,
    total_minor: bigint,
    shipping_fee_minor: { ...bigint, default: 0 },
    discount_minor: { ...bigint, default: 0 },
    captured_minor: { ...bigint, default: 0 },
    refunded_minor: { ...bigint, default: 0 },
    version: integer,
    payment_id: nullable(uuid),
    failed_payments: { ...integer, default: 0 },
    cancel_reason: nullable(text),
    details: nullable(jsonb),
    created_at: timestamptz,
    updated_at: timestamptz,
    expires_at: timestamptz,
    prior_status: nullable(text),
    refund_id: nullable(uuid),
    carrier: nullable(text),
    tracking_number: nullable(text),
    delivered_at: nullable(timestamptz),
    completed_at: nullable(timestamptz),
    stock_state: nullable(text),
    stock_due: nullable(text),
    inventory_released_at: nullable(timestamptz),
    returned_at: nullable(timestamptz),
    payment_method: nullable(text),
    transaction_id: nullable(text),
    paid_at: nullable(timestamptz),
    delivery_refunded_minor: { ...bigint, default: 0 },
    access_since: nullable(timestamptz),
    refunded_from: nullable(text),
    refund_due_minor: { ...bigint, default: 0 },
    dispute_id: nullable(text),
    dispute_state: nullable(text),
  },
  indices: [
    { name: "orders_by_status", columns: ["status", "id"] },
    { name: "orders_by_user", columns: ["user_id", "id"] },
    { name: "orders_with_access", columns: ["access_since"], where: "access_since IS NOT NULL" },
    { name: "orders_delivered", columns: ["delivered_at"], where: "status = 'DELIVERED'" },
    { name: "orders_refunded", columns: ["id"], where: "refunded_minor > 0" },
    { name: "orders_refund_pending", columns: ["id"], where: "status = 'REFUND_PENDING'" },
    { name: "orders_refund_due", columns: ["id"], where: "refund_due_minor > 0" },
    { name: "orders_stock_due", columns: ["updated_at"], where: "stock_due IS NOT NULL" },
    {
      name: "orders_to_refund",
      columns: ["id"],
      where: "(status IN ('CANCELLED', 'RETURNED')) AND (captured_minor > refunded_minor)",
    },
    {
      name: "orders_unpaid_by_user",
      columns: ["user_id"],
      where: "(status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')) AND (user_id IS NOT NULL)",
    },
    {
      name: "orders_unpaid_by_expiry",
      columns: ["expires_at"],
      where: "(status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')) AND (expires_at IS NOT NULL)",
    },
  ],
});

const orderItemsTable = new EntitySchema({
  name: "order_items",
  columns: {
    user_id: externalId,
    order_id: primary(uuid),
    id: primary(uuid),
    kind: text,
    ref_id: externalId,
    name: text,
    quantity: integer,
    unit_price_minor: bigint,
    refunded_minor: { ...bigint, default: 0 },
    live: { ...boolean, default: true },
    offer_id: nullable(text),
    booking_status: nullable(text),
    starts_at: nullable(timestamptz),
    ends_at: nullable(timestamptz),
    paid_minor: bigint,
    offer_title: text,
    offer_read_at: timestamptz,
    stock_release: nullable(text),
    cancelled_seats: { ...integer, default: 0 },
    refund_due_minor: { ...bigint, default: 0 },
  },
  indices: [
    { name: "order_items_refund_due", columns: ["order_id"], where: "refund_due_minor > 0" },
    { name: "bookings_by_id", columns: ["id"], unique: true, where: "kind = 'SESSION'" },
    { name: "bookings_by_session", columns: ["ref_id", "id"], where: "kind = 'SESSION'" },
    { name: "bookings_by_user", columns: ["user_id", "id"], where: "kind = 'SESSION'" },
    {
      name: "one_live_purchase",
      columns: ["user_id", "ref_id"],
      unique: true,
      where: "live AND (kind = 'DIGITAL_COURSE')",
    },
    { name: "order_items_by_ref", columns: ["ref_id", "order_id"], where: "order_id IS NOT NULL" },
  ],
});

const orderEventTable = new EntitySchema({
  name: "order_event",
  columns: {
    user_id: externalId,
    order_id: primary(uuid),
    version: primary(integer),
    position: primary(integer),
    type: text,
    from_status: nullable(text),
    to_status: text,
    actor: text,
    reason: text,
    created_at: timestamptz,
    amount_minor: nullable(bigint),
    id: uuid,
    payload: nullable(jsonb),
  },
});

const orderRefundTable = new EntitySchema({
  name: "order_refund",
  columns: {
    user_id: externalId,
    order_id: primary(uuid),
    id: primary(uuid),
    state: text,
    reason: text,
    amount_minor: nullable(bigint),
    items: jsonb,
    remark: text,
    created_at: timestamptz,
    updated_at: timestamptz,
    delivery_minor: nullable(bigint),
    due_minor: nullable(bigint),
  },
});

const idempotencyKeyTable = new EntitySchema({
  name: "idempotency_key",
  columns: {
    caller_id: primary(text),
    key: primary(text),
    request_hash: text,
    user_id: externalId,
    order_id: uuid,
    created_at: timestamptz,
  },
  indices: [{ name: "idempotency_key_by_created_at", columns: ["created_at"] }],
});

const sessionSeatsTable = new EntitySchema({
  name: "session_seats",
  columns: {
    session_id: primary(externalId),
    capacity: integer,
    taken: { ...integer, default: 0 },
  },
});

const stockIntentTable = new EntitySchema({
  name: "stock_intent",
  columns: {
    order_id: primary(uuid),
    state: text,
    due_at: timestamptz,
    caller_id: nullable(text),
    key: nullable(text),
  },
  indices: [
    { name: "stock_intent_due", columns: ["due_at"] },
    { name: "stock_intent_key", columns: ["caller_id", "key"] },
  ],
});

const jobTable = new EntitySchema({
  name: "job",
  columns: {
    id: primary(uuid),
    kind: text,
    caller_id: text,
    key: nullable(text),
    request_hash: text,
    input: jsonb,
    actor: text,
    progress: { ...jsonb, default: {} },
    result: nullable(jsonb),
    created_at: timestamptz,
    lease_expires_at: timestamptz,
    finished_at: nullable(timestamptz),
  },
  indices: [
    { name: "job_by_key", columns: ["caller_id", "key"], unique: true },
    { name: "job_open", columns: ["lease_expires_at"], where: "finished_at IS NULL" },
    { name: "job_finished", columns: ["finished_at"], where: "finished_at IS NOT NULL" },
  ],
});

/** The tables of the order service. */
export const entities: readonly EntitySchema[] = [
  ...eventEntities,
  leaseEntity,
  ordersTable,
  orderItemsTable,
  orderEventTable,
  orderRefundTable,
  idempotencyKeyTable,
  sessionSeatsTable,
  stockIntentTable,
  jobTable,
  operatorActionEntity,
];
