import { prepared, query, type Db } from "@till/postgres/statements";

/** What the tables of a service's events still hold. */
export type Backlog = {
  readonly outboxRows: bigint;
  readonly outboxAgeSeconds: number;
  readonly parkedEvents: bigint;
  readonly deadLetters: bigint;
};

const selectBacklog = prepared(
  "event_select_backlog",
  `SELECT (SELECT count(*) FROM outbox)::text AS outbox_rows,
          (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
             FROM (SELECT created_at FROM outbox ORDER BY id LIMIT 1) AS oldest) AS outbox_age_seconds,
          (SELECT count(*) FROM parked_event)::text AS parked_events,
          (SELECT count(*) FROM dead_letter WHERE discarded_at IS NULL)::text AS dead_letters`,
);

const selectAge = prepared(
  "outbox_select_age",
  `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age
     FROM (SELECT created_at FROM outbox ORDER BY id LIMIT 1) AS oldest`,
);

/** How long the oldest event has waited to be published; 0 where none does. */
export async function outboxAgeSeconds({ pool }: Pick<Db, "pool">): Promise<number> {
  const [row] = await query<{ readonly age: number }>(pool, selectAge, []);
  return row!.age;
}

type Row = {
  readonly outbox_rows: string;
  readonly outbox_age_seconds: number;
  readonly parked_events: string;
  readonly dead_letters: string;
};

/** Counts the events that wait to be published, those that are parked, and the dead letters. */
export async function countBacklog({ pool }: Pick<Db, "pool">): Promise<Backlog> {
  const [row] = await query<Row>(pool, selectBacklog, []);
  return {
    outboxRows: BigInt(row!.outbox_rows),
    outboxAgeSeconds: Math.max(row!.outbox_age_seconds, 0),
    parkedEvents: BigInt(row!.parked_events),
    deadLetters: BigInt(row!.dead_letters),
  };
}
