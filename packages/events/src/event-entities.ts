import {
  bigint,
  externalId,
  identity,
  integer,
  json,
  nullable,
  primary,
  text,
  timestamptz,
  uuid,
} from "@till/postgres/columns";
import { EntitySchema } from "typeorm";

const outboxTable = new EntitySchema({
  name: "outbox",
  columns: {
    id: primary(identity),
    event_id: uuid,
    topic: text,
    key: text,
    type: text,
    data_version: bigint,
    time: timestamptz,
    traceparent: nullable(text),
    data: text,
    created_at: { ...timestamptz, default: () => "clock_timestamp()" },
  },
});

const inboxTable = new EntitySchema({
  name: "inbox",
  columns: {
    consumer_group: primary(externalId),
    event_id: primary(externalId),
    received_at: { ...timestamptz, default: () => "now()" },
  },
  indices: [{ name: "inbox_by_received_at", columns: ["received_at"] }],
});

const parkedEventTable = new EntitySchema({
  name: "parked_event",
  columns: {
    consumer_group: primary(externalId),
    event_id: primary(externalId),
    topic: text,
    key: text,
    headers: json,
    value: text,
    reason: text,
    tries: integer,
    parked_at: { ...timestamptz, default: () => "clock_timestamp()" },
    next_try_at: timestamptz,
  },
  indices: [{ name: "parked_event_next_try", columns: ["consumer_group", "next_try_at"] }],
});

const deadLetterTable = new EntitySchema({
  name: "dead_letter",
  columns: {
    consumer_group: primary(externalId),
    event_id: primary(externalId),
    topic: text,
    key: text,
    headers: json,
    value: text,
    reason: text,
    tries: integer,
    first_seen_at: timestamptz,
    last_seen_at: timestamptz,
    id: uuid,
    event_type: { ...externalId, default: "" },
    discarded_at: nullable(timestamptz),
  },
  indices: [
    { name: "dead_letter_by_id", columns: ["id"], unique: true },
    { name: "dead_letter_discarded", columns: ["discarded_at"], where: "discarded_at IS NOT NULL" },
  ],
});

const rejectedEventTable = new EntitySchema({
  name: "rejected_event",
  columns: {
    event_id: primary(uuid),
    topic: text,
    key: text,
    type: text,
    data_version: bigint,
    time: timestamptz,
    traceparent: nullable(text),
    data: text,
    reason: text,
    rejected_at: { ...timestamptz, default: () => "clock_timestamp()" },
  },
});

/** The tables of the outbox, the inbox, the dead letters and the rejected events, as the statements of `tables` create them. */
export const eventEntities: readonly EntitySchema[] = [
  outboxTable,
  inboxTable,
  parkedEventTable,
  deadLetterTable,
  rejectedEventTable,
];
