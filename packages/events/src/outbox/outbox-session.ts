import type { Lease } from "@till/postgres/lease";
import { openSession, prepared, query, unnested } from "@till/postgres/statements";
import type { Pool } from "pg";
import type { OutgoingEvent } from "../event.ts";

export type StoredEvent = OutgoingEvent & { readonly rowId: string; readonly ageSeconds: number };

/** One connection's view of the outbox. */
export type OutboxSession = {
  /** Whether this relay is the leader, or has just become it. */
  lead(): Promise<boolean>;
  /** Whether this relay has become the leader, or confirmed it, a moment ago. */
  isLeading(): boolean;
  /** Removes what was published, and lets another relay lead. */
  resign(): Promise<void>;
  isEmpty(): Promise<boolean>;
  /**
   * Removes what was published, and returns the oldest of the other rows, `batchSize` at most. Never "after the last one
   * seen": a lower id may be committed after a higher one.
   */
  take(): Promise<StoredEvent[]>;
  /** Takes note of what is to be removed, by the next `take` at the latest; a crash before costs a repeat, not an event. */
  published(events: readonly StoredEvent[]): void;
  /** Whether published events are still to be removed. */
  hasPublished(): boolean;
  /** Moves an event that the bus rejects to the table rejected_event. */
  reject(event: StoredEvent, reason: string): Promise<void>;
  close(): Promise<void>;
};

/** Opens a connection of its own to the pool's database. */
export async function openOutbox(pool: Pool, lease: Lease): Promise<OutboxSession> {
  const client = await openSession(pool, "outbox relay");
  try {
    await client.query(settings);
  } catch (error) {
    await client.end();
    throw error;
  }

  let published: string[] = [];
  async function resign(): Promise<void> {
    if (published.length > 0) await query(client, removeRows, [published]);
    published = [];
    await lease.release(client);
  }

  return {
    lead: () => lease.hold(client),
    isLeading: () => lease.isFresh(),
    resign,
    async isEmpty() {
      const [row] = await query<{ isEmpty: boolean }>(client, lookForRows);
      return row!.isEmpty;
    },
    async take() {
      const rows = await query<OutboxRow>(client, takeRows, [published]);
      published = [];
      return rows.map(fromRow);
    },
    published(events) {
      published.push(...events.map(({ rowId }) => rowId));
    },
    hasPublished: () => published.length > 0,
    async reject({ rowId }, reason) {
      await query(client, rejectRow, [rowId, reason]);
    },
    async close() {
      await resign().catch(() => undefined); // a broken connection; the lease lapses
      await client.end();
    },
  };
}

/**
 * A removal that a crash undoes costs a repeat, not an event: it need not wait for the disk. The plan is fixed to
 * the index, since statistics of a queue are always wrong.
 */
const settings =
  "SET synchronous_commit = off; SET enable_seqscan = off; SET enable_sort = off; SET jit = off";

/** How many events are read and published together. */
export const batchSize = 500;

// The rows that it removes are still there for its own select; a hashed subplan leaves them out. With arrays and a limit that
// Postgres knew it would plan each reading anew.
const takeRows = prepared(
  "outbox_take",
  `WITH removed AS (DELETE FROM outbox WHERE id = ANY((SELECT $1::bigint[])::bigint[]))
  SELECT id, event_id, topic, key, type, data_version, time, traceparent, data,
    extract(epoch FROM clock_timestamp() - created_at)::float8 AS age
  FROM outbox WHERE id NOT IN (SELECT * FROM ${unnested("$1::bigint[]")}) ORDER BY id LIMIT ${batchSize}`,
);

const removeRows = prepared("outbox_remove", "DELETE FROM outbox WHERE id = ANY($1::bigint[])");

const lookForRows = prepared("outbox_is_empty", `SELECT NOT EXISTS (SELECT FROM outbox) AS "isEmpty"`);

const eventColumns = "event_id, topic, key, type, data_version, time, traceparent, data";

const rejectRow = prepared(
  "outbox_reject",
  `WITH rejected AS (DELETE FROM outbox WHERE id = $1 RETURNING ${eventColumns})
  INSERT INTO rejected_event (${eventColumns}, reason) SELECT ${eventColumns}, $2 FROM rejected
  ON CONFLICT (event_id) DO NOTHING`,
);

type OutboxRow = {
  readonly id: string;
  readonly event_id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly data_version: string;
  readonly time: Date;
  readonly traceparent: string | null;
  readonly data: string;
  readonly age: number;
};

function fromRow(row: OutboxRow): StoredEvent {
  return {
    rowId: row.id,
    ageSeconds: row.age,
    id: row.event_id,
    type: row.type,
    topic: row.topic,
    subject: row.key,
    dataVersion: Number(row.data_version),
    time: row.time,
    traceparent: row.traceparent ?? undefined,
    data: row.data,
  };
}
