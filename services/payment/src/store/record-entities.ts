import {
  bigint,
  boolean,
  bytea,
  externalId,
  identity,
  integer,
  nullable,
  primary,
  text,
  timestamptz,
  uuid,
} from "@till/postgres/columns";
import { EntitySchema } from "typeorm";
import type { MismatchRow, ReconciliationRow } from "./reconciliation-rows.ts";

const auditChainEntryTable = new EntitySchema({
  name: "audit_chain_entry",
  columns: {
    n: primary(bigint),
    entry_seq: bigint,
    hash: bytea,
  },
  uniques: [{ name: "audit_chain_entry_entry_seq_key", columns: ["entry_seq"] }],
});

const auditChainQueueTable = new EntitySchema({
  name: "audit_chain_queue",
  synchronize: false,
  columns: {
    // No key: a queue, of which each row is read once.
    seq: primary(bigint),
  },
});

const auditEntryTable = new EntitySchema({
  name: "audit_entry",
  columns: {
    seq: primary(identity),
    at: timestamptz,
    actor: text,
    action: text,
    subject: text,
    user_id: text,
    peer_address: text,
    result: text,
    request_id: text,
    details: text,
  },
});

const paymentMethodTable = new EntitySchema({
  name: "payment_method",
  columns: {
    id: primary(uuid),
    user_id: externalId,
    brand: text,
    last4: text,
    exp_month: integer,
    exp_year: integer,
    is_default: boolean,
    key_id: nullable(text),
    nonce: nullable(bytea),
    encrypted_token: nullable(bytea),
    fingerprint: nullable(bytea),
    created_at: timestamptz,
    removed_at: nullable(timestamptz),
  },
  indices: [
    { name: "payment_method_by_key", columns: ["key_id", "user_id", "id"], where: "removed_at IS NULL" },
    { name: "payment_method_by_user", columns: ["user_id", "id"] },
    { name: "payment_method_default", columns: ["user_id"], unique: true, where: "is_default" },
    {
      name: "payment_method_once",
      columns: ["user_id", "fingerprint"],
      unique: true,
      where: "removed_at IS NULL",
    },
  ],
});

const paymentMethodRequestTable = new EntitySchema({
  name: "payment_method_request",
  columns: {
    caller_id: primary(text),
    idempotency_key: primary(text),
    request_hash: text,
    user_id: externalId,
    method_id: uuid,
    created_at: timestamptz,
  },
  indices: [{ name: "payment_method_request_by_created_at", columns: ["created_at"] }],
});

export const reconciliationTable = new EntitySchema<ReconciliationRow>({
  name: "reconciliation",
  columns: {
    id: primary(uuid),
    caller_id: nullable(text),
    idempotency_key: nullable(text),
    request_hash: nullable(text),
    from_at: timestamptz,
    until_at: timestamptz,
    repairs: boolean,
    status: text,
    matched: { ...integer, default: 0 },
    mismatched: { ...integer, default: 0 },
    problem: nullable(text),
    lease_expires_at: timestamptz,
    started_at: timestamptz,
    finished_at: nullable(timestamptz),
  },
  indices: [
    {
      name: "reconciliation_under_way",
      columns: ["from_at", "until_at"],
      unique: true,
      where: "status = 'RUNNING'",
    },
  ],
  uniques: [
    { name: "reconciliation_caller_id_idempotency_key_key", columns: ["caller_id", "idempotency_key"] },
  ],
});

const reconciliationEntryTable = new EntitySchema({
  name: "reconciliation_entry",
  columns: {
    reconciliation_id: primary(uuid),
    payment_id: primary(text),
    entry_id: primary(text),
    order_id: text,
    type: text,
    currency: text,
    amount_minor: bigint,
    key: text,
    at: timestamptz,
    cause: nullable(text),
  },
});

export const reconciliationMismatchTable = new EntitySchema<MismatchRow>({
  name: "reconciliation_mismatch",
  columns: {
    reconciliation_id: primary(uuid),
    n: primary(integer),
    payment_id: text,
    order_id: text,
    kind: text,
    internal: text,
    external: text,
    repaired: boolean,
  },
  foreignKeys: [
    {
      name: "reconciliation_mismatch_reconciliation_id_fkey",
      target: "reconciliation",
      columnNames: ["reconciliation_id"],
      referencedColumnNames: ["id"],
    },
  ],
});

const reconciliationPaymentTable = new EntitySchema({
  name: "reconciliation_payment",
  columns: {
    reconciliation_id: primary(uuid),
    payment_id: primary(uuid),
  },
});

/** The tables of stored payment methods, the audit log and the reconciliation. */
export const recordEntities: readonly EntitySchema[] = [
  auditChainEntryTable,
  auditChainQueueTable,
  auditEntryTable,
  paymentMethodTable,
  paymentMethodRequestTable,
  reconciliationTable,
  reconciliationEntryTable,
  reconciliationMismatchTable,
  reconciliationPaymentTable,
];
