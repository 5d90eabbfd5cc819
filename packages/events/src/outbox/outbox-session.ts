import { openSession } from "@till/postgres/statements";
import type { Pool } from "pg";
import type { OutgoingEvent } from "../event.ts";

type StoredEvent = OutgoingEvent & { readonly rowId: string; readonly ageSeconds: number };

/** One connection's view of the outbox. What it does, it does as the leader, for the lock lives in the connection. */
export type OutboxSession = {
  /** Whether this session is the leader, or has just become it. The lock ends with the connection. */
  lead(): Promise<boolean>;
  /** The oldest rows. Never "after the last one seen": a lower id may be committed after a higher one. */
  take(limit: number): Promise<StoredEvent[]>;
  remove(events: readonly StoredEvent[]): Promise<void>;
  close(): Promise<void>;
};

/** Opens a connection of its own to the pool's database. */
export async function openOutbox(pool: Pool): Promise<OutboxSession> {
  const client = await openSession(pool, "outbox relay");
  try {
    await client.query(settings);
  } catch (error) {
    await client.end();
    throw error;
  }
  let leads = false;

  return {
    async lead() {
      if (!leads) {
        const { rows } = await client.query<{ leads: boolean }>(tryToLead);
        leads = rows[0]?.leads === true;
      }
      return leads;
    },
    async take(limit) {
      const { rows } = await client.query<OutboxRow>({
        name: "outbox_take",
        text: takeRows,
        values: [limit],
      });
      return rows.map(fromRow);
    },
    async remove(events) {
      const ids = events.map(({ rowId }) => rowId);
      await client.query({ name: "outbox_remove", text: removeRows, values: [ids] });
    },
    close: () => client.end(),
  };
}

/**
 * A removal that a crash undoes costs a repeat, not an event: it need not wait for the disk. The plan is fixed to
 * the index, since statistics of a queue are always wrong. A leader whose machine is gone loses the lock in seconds.
 */
const settings = `
  SET synchronous_commit = off; SET enable_seqscan = off; SET enable_sort = off; SET jit = off;
  SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3`;

// Tried again and again instead of waited for: a waiting statement would keep vacuum from cleaning the outbox.
const tryToLead = "SELECT pg_try_advisory_lock(hashtext('till outbox relay')) AS leads";

const takeRows = `
  SELECT id, event_id, topic, key, type, data_version, time, traceparent, data,
    extract(epoch FROM clock_timestamp() - created_at)::float8 AS age
  FROM outbox ORDER BY id LIMIT $1`;

const removeRows = "DELETE FROM outbox WHERE id = ANY($1::bigint[])";

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
