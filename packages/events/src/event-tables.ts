import { leaseTable } from "@till/postgres/lease-table";

/** The tables an event-driven service needs in its own database. Its first migration runs them in order. */
export const eventTables: readonly string[] = [
  // The identity must not cache: ids handed out ahead to another connection would reverse one order's events.
  `CREATE TABLE outbox (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     event_id uuid NOT NULL,
     topic text NOT NULL,
     key text NOT NULL,
     type text NOT NULL,
     data_version bigint NOT NULL,
     time timestamptz NOT NULL,
     traceparent text,
     data text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp()
   ) WITH (
     autovacuum_vacuum_scale_factor = 0,
     autovacuum_vacuum_threshold = 5000,
     autovacuum_vacuum_cost_delay = 0,
     vacuum_truncate = false
   )`,

  `CREATE TABLE inbox (
     consumer_group text COLLATE "C" NOT NULL,
     event_id text COLLATE "C" NOT NULL,
     received_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (consumer_group, event_id)
   )`,

  `CREATE TABLE parked_event (
     consumer_group text COLLATE "C" NOT NULL,
     event_id text COLLATE "C" NOT NULL,
     topic text NOT NULL,
     key text NOT NULL,
     headers json NOT NULL,
     value text NOT NULL,
     reason text NOT NULL,
     tries integer NOT NULL,
     parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     next_try_at timestamptz NOT NULL,
     PRIMARY KEY (consumer_group, event_id)
   )`,
  `CREATE INDEX parked_event_next_try ON parked_event (consumer_group, next_try_at)`,

  `CREATE TABLE dead_letter (
     consumer_group text COLLATE "C" NOT NULL,
     event_id text COLLATE "C" NOT NULL,
     topic text NOT NULL,
     key text NOT NULL,
     headers json NOT NULL,
     value text NOT NULL,
     reason text NOT NULL,
     tries integer NOT NULL,
     first_seen_at timestamptz NOT NULL,
     last_seen_at timestamptz NOT NULL,
     PRIMARY KEY (consumer_group, event_id)
   )`,
];

/** What makes dead letters something that operators can name, list and discard. A later migration runs it. */
export const deadLetterOperations: readonly string[] = [
  `ALTER TABLE dead_letter
     ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
     ADD COLUMN event_type text COLLATE "C" NOT NULL DEFAULT '',
     ADD COLUMN discarded_at timestamptz`,
  `ALTER TABLE dead_letter ALTER COLUMN id DROP DEFAULT`,
  `UPDATE dead_letter SET event_type = coalesce(headers ->> 'ce_type', '')`,
  `CREATE UNIQUE INDEX dead_letter_by_id ON dead_letter (id)`,
];

/** What the relay needs beside those. A later migration of each service runs them. */
export const relayTables: readonly string[] = [
  leaseTable,

  // Outgoing events that the bus rejects, with the reason: they are published no more, and later events are.
  `CREATE TABLE rejected_event (
     event_id uuid PRIMARY KEY,
     topic text NOT NULL,
     key text NOT NULL,
     type text NOT NULL,
     data_version bigint NOT NULL,
     time timestamptz NOT NULL,
     traceparent text,
     data text NOT NULL,
     reason text NOT NULL,
     rejected_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
];

/** By which old rows of those are found. A later migration of each service runs them. */
export const pruningIndexes: readonly string[] = [
  `CREATE INDEX IF NOT EXISTS inbox_by_received_at ON inbox (received_at)`,
  `CREATE INDEX dead_letter_discarded ON dead_letter (discarded_at) WHERE discarded_at IS NOT NULL`,
];
