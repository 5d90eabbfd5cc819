import {
  bigint,
  boolean,
  externalId,
  integer,
  nullable,
  primary,
  text,
  timestamptz,
  uuid,
} from "@till/postgres/columns";
import { eventEntities } from "@till/events/entities";
import { leaseEntity } from "@till/postgres/lease-table";
import { recordEntities } from "./record-entities.ts";
import { EntitySchema } from "typeorm";

const paymentTable = new EntitySchema({
  name: "payment",
  columns: {
    id: primary(uuid),
    user_id: externalId,
    order_id: uuid,
    caller_id: nullable(text),
    idempotency_key: nullable(text),
    request_hash: nullable(text),
    status: text,
    currency: text,
    amount_minor: bigint,
    authorized_minor: { ...bigint, default: 0 },
    captured_minor: { ...bigint, default: 0 },
    refunded_minor: { ...bigint, default: 0 },
    method: text,
    transaction_id: nullable(text),
    failure_code: nullable(text),
    failure_reason: nullable(text),
    retryable: nullable(boolean),
    lease_expires_at: nullable(timestamptz),
    check_at: timestamptz,
    version: integer,
    created_at: timestamptz,
    updated_at: timestamptz,
    processed_at: nullable(timestamptz),
    capture_method: text,
    must_reverse: { ...boolean, default: false },
    action_url: nullable(text),
    payment_method_id: nullable(uuid),
    card_brand: nullable(text),
    card_last4: nullable(text),
    card_exp_month: nullable(integer),
    card_exp_year: nullable(integer),
    capture_pending_minor: { ...bigint, default: 0 },
    refund_pending_minor: { ...bigint, default: 0 },
    check_tries: { ...integer, default: 0 },
    card_hash: nullable(text),
    dispute_id: nullable(text),
    dispute_state: nullable(text),
    dispute_reason: nullable(text),
    dispute_minor: nullable(bigint),
    dispute_withdrawn_minor: nullable(bigint),
    dispute_respond_by: nullable(timestamptz),
  },
  indices: [
    {
      name: "payment_attempt",
      columns: ["user_id", "created_at"],
      where: "status IN ('PENDING', 'REQUIRES_ACTION', 'UNKNOWN', 'FAILED', 'VOIDED')",
    },
    { name: "payment_by_key", columns: ["caller_id", "idempotency_key"], unique: true },
    { name: "payment_by_order", columns: ["order_id", "id"] },
    {
      name: "payment_by_status",
      columns: ["status", "id"],
      where:
        "status IN ('REQUIRES_ACTION', 'AUTHORIZED', 'FAILED', 'VOIDED', 'UNKNOWN', 'PARTIALLY_REFUNDED', 'REFUNDED')",
    },
    // A BRIN index, which TypeORM cannot declare.
    { name: "payment_by_time", synchronize: false },
    {
      name: "payment_by_transaction",
      columns: ["transaction_id"],
      unique: true,
      where: "transaction_id IS NOT NULL",
    },
    { name: "payment_by_user", columns: ["user_id", "id"] },
    {
      name: "payment_to_recover",
      columns: ["check_at"],
      where: "status IN ('PENDING', 'UNKNOWN', 'REQUIRES_ACTION')",
    },
    {
      name: "payment_under_way",
      columns: ["user_id", "order_id"],
      unique: true,
      where: "status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'UNKNOWN')",
    },
  ],
});

const operationTable = new EntitySchema({
  name: "operation",
  columns: {
    user_id: externalId,
    id: primary(uuid),
    payment_id: uuid,
    order_id: uuid,
    kind: text,
    status: text,
    currency: text,
    amount_minor: bigint,
    scope: nullable(text),
    order_refund_id: nullable(text),
    caller_id: nullable(text),
    idempotency_key: nullable(text),
    request_hash: nullable(text),
    reason: text,
    transaction_id: nullable(text),
    failure_code: nullable(text),
    failure_reason: nullable(text),
    retryable: nullable(boolean),
    lease_expires_at: nullable(timestamptz),
    check_at: timestamptz,
    check_tries: { ...integer, default: 0 },
    created_at: timestamptz,
    updated_at: timestamptz,
  },
  indices: [
    { name: "operation_by_key", columns: ["caller_id", "idempotency_key"], unique: true },
    { name: "operation_by_payment", columns: ["payment_id", "created_at"] },
    { name: "operation_by_scope", columns: ["payment_id", "scope"], unique: true },
    { name: "operation_to_recover", columns: ["check_at"], where: "status = 'PENDING'" },
    {
      name: "operation_void_under_way",
      columns: ["payment_id"],
      unique: true,
      where: "(kind = 'void') AND (status = 'PENDING')",
    },
  ],
  foreignKeys: [
    {
      name: "operation_payment_id_fkey",
      target: "payment",
      columnNames: ["payment_id"],
      referencedColumnNames: ["id"],
    },
  ],
});

const paymentEventTable = new EntitySchema({
  name: "payment_event",
  columns: {
    user_id: externalId,
    payment_id: primary(uuid),
    version: primary(integer),
    position: primary(integer),
    type: text,
    from_status: nullable(text),
    to_status: text,
    actor: text,
    reason: text,
    created_at: timestamptz,
    amount_minor: nullable(bigint),
    peer_address: nullable(text),
    request_id: nullable(text),
  },
});

const providerEventTable = new EntitySchema({
  name: "provider_event",
  columns: {
    provider: primary(text),
    event_id: primary(text),
    payment_id: nullable(uuid),
    transaction_id: nullable(text),
    type: text,
    received_at: timestamptz,
    handled_at: nullable(timestamptz),
    attempts: { ...integer, default: 0 },
    next_attempt_at: nullable(timestamptz),
  },
  indices: [
    { name: "provider_event_due", columns: ["next_attempt_at"], where: "next_attempt_at IS NOT NULL" },
    { name: "provider_event_handled", columns: ["handled_at"], where: "handled_at IS NOT NULL" },
    {
      name: "provider_event_abandoned",
      columns: ["received_at"],
      where: "handled_at IS NULL AND next_attempt_at IS NULL",
    },
  ],
});

/** The tables of the payment service. */
export const entities: readonly EntitySchema[] = [
  ...eventEntities,
  leaseEntity,
  ...recordEntities,
  paymentTable,
  operationTable,
  paymentEventTable,
  providerEventTable,
];
