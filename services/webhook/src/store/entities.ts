import { eventEntities } from "@till/events/entities";
import { operatorActionEntity } from "@till/ops/operator-actions";
import {
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
import { leaseEntity } from "@till/postgres/lease-table";
import { EntitySchema } from "typeorm";

const createdAt = { ...timestamptz, default: () => "now()" };

function references(name: string, target: string, column: string) {
  return [
    {
      ...{ name, target: `webhook_${target}`, columnNames: [column], referencedColumnNames: ["id"] },
      onDelete: "CASCADE" as const,
    },
  ];
}

const endpointTable = new EntitySchema({
  name: "webhook_endpoint",
  columns: {
    id: primary(uuid),
    owner_id: externalId,
    url: text,
    event_types: { ...text, array: true },
    description: text,
    disabled_reason: nullable(text),
    paused_until: nullable(timestamptz),
    created_at: createdAt,
    updated_at: createdAt,
  },
  indices: [{ name: "webhook_endpoint_by_owner", columns: ["owner_id", "id"] }],
});

const secretTable = new EntitySchema({
  name: "webhook_secret",
  columns: {
    id: primary(uuid),
    endpoint_id: uuid,
    key_id: text,
    nonce: bytea,
    ciphertext: bytea,
    created_at: createdAt,
    expires_at: nullable(timestamptz),
  },
  indices: [{ name: "webhook_secret_by_endpoint", columns: ["endpoint_id", "id"] }],
  foreignKeys: references("webhook_secret_endpoint_id_fkey", "endpoint", "endpoint_id"),
});

const deliveryTable = new EntitySchema({
  name: "webhook_delivery",
  columns: {
    id: primary(uuid),
    position: identity,
    endpoint_id: uuid,
    order_id: externalId,
    event_id: externalId,
    event_type: text,
    payload: text,
    status: { ...text, default: "PENDING" },
    attempts: { ...integer, default: 0 },
    created_at: createdAt,
    ended_at: nullable(timestamptz),
    user_id: nullable(externalId),
  },
  indices: [
    { name: "webhook_delivery_by_user", columns: ["user_id"] },
    { name: "webhook_delivery_by_endpoint", columns: ["endpoint_id", "id"] },
    { name: "webhook_delivery_by_status", columns: ["endpoint_id", "status", "id"] },
    {
      name: "webhook_delivery_pending",
      columns: ["endpoint_id", "order_id", "position"],
      where: "status = 'PENDING'",
    },
    { name: "webhook_delivery_ended", columns: ["ended_at"], where: "ended_at IS NOT NULL" },
  ],
  foreignKeys: references("webhook_delivery_endpoint_id_fkey", "endpoint", "endpoint_id"),
});

const attemptTable = new EntitySchema({
  name: "webhook_attempt",
  columns: {
    delivery_id: primary(uuid),
    number: primary(integer),
    sent_at: timestamptz,
    status_code: nullable(integer),
    error: nullable(text),
    duration_ms: integer,
  },
  foreignKeys: references("webhook_attempt_delivery_id_fkey", "delivery", "delivery_id"),
});

const queueTable = new EntitySchema({
  name: "webhook_queue",
  columns: {
    endpoint_id: primary(uuid),
    order_id: primary(externalId),
    tries: { ...integer, default: 0 },
    next_attempt_at: createdAt,
    lease_expires_at: nullable(timestamptz),
    first_attempt_at: nullable(timestamptz),
  },
  indices: [{ name: "webhook_queue_due", columns: ["endpoint_id", "next_attempt_at"] }],
  foreignKeys: references("webhook_queue_endpoint_id_fkey", "endpoint", "endpoint_id"),
});

const requestTable = new EntitySchema({
  name: "webhook_request",
  columns: {
    caller_id: primary(externalId),
    key: primary(externalId),
    request_hash: text,
    endpoint_id: uuid,
    made_id: uuid,
    created_at: createdAt,
  },
  indices: [{ name: "webhook_request_by_created_at", columns: ["created_at"] }],
});

/** The tables of the webhook service. */
export const entities: readonly EntitySchema[] = [
  ...eventEntities,
  leaseEntity,
  operatorActionEntity,
  ...[endpointTable, secretTable, deliveryTable, attemptTable, queueTable, requestTable],
];
