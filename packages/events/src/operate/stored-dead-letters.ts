import { prepared, query, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import type { EventRecord } from "../bus/bus.ts";

/** A dead letter as operators see it. */
export type DeadLetter = {
  readonly id: string;
  readonly group: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly record: EventRecord;
  readonly reason: string;
  readonly tries: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly discardedAt: Date | undefined;
};

type Page = {
  /** All types if left out. */
  readonly eventType: string | undefined;
  /** Only dead letters with smaller ids. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
};

const columns = `id, consumer_group, event_id, event_type, topic, key, headers, value, reason, tries, first_seen_at,
  last_seen_at, discarded_at`;

const selectPage = prepared(
  "event_select_dead_letters",
  `SELECT ${columns} FROM dead_letter
    WHERE discarded_at IS NULL AND ($1::text IS NULL OR event_type = $1) AND ($2::uuid IS NULL OR id < $2)
    ORDER BY id DESC LIMIT $3`,
);
const selectIds = prepared(
  "event_select_dead_letter_ids",
  `SELECT id FROM dead_letter WHERE discarded_at IS NULL AND event_type = $1 ORDER BY first_seen_at, id LIMIT $2`,
);
const selectOne = prepared("event_select_dead_letter", `SELECT ${columns} FROM dead_letter WHERE id = $1`);
const discard = prepared(
  "event_discard_dead_letter",
  `UPDATE dead_letter SET discarded_at = $2 WHERE id = $1 AND discarded_at IS NULL`,
);
const remove = prepared("event_delete_dead_letter", `DELETE FROM dead_letter WHERE id = $1`);

/** Lists dead letters that are not discarded, newest first. */
export async function listDeadLetters(
  { pool }: Pick<Db, "pool">,
  { eventType, beforeId, limit }: Page,
): Promise<DeadLetter[]> {
  const rows = await query<Row>(pool, selectPage, [eventType ?? null, beforeId ?? null, limit]);
  return rows.map(fromRow);
}

/** The ids of a type's dead letters that are not discarded, oldest first. */
export async function deadLetterIds(
  { pool }: Pick<Db, "pool">,
  eventType: string,
  limit: number,
): Promise<string[]> {
  const rows = await query<Pick<Row, "id">>(pool, selectIds, [eventType, limit]);
  return rows.map(({ id }) => id);
}

/** Finds a dead letter, discarded or not. */
export async function findDeadLetter(
  { pool }: Pick<Db, "pool">,
  id: string,
): Promise<DeadLetter | undefined> {
  const [row] = await query<Row>(pool, selectOne, [id]);
  return row && fromRow(row);
}

/** Discards a dead letter; one that is discarded already stays as it is. */
export async function discardDeadLetter(tx: PoolClient, id: string, now: Date): Promise<void> {
  await query(tx, discard, [id, now]);
}

/** Deletes a dead letter whose event was replayed. */
export async function deleteDeadLetter(tx: PoolClient, id: string): Promise<void> {
  await query(tx, remove, [id]);
}

type Row = EventRecord & {
  readonly id: string;
  readonly consumer_group: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly reason: string;
  readonly tries: number;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly discarded_at: Date | null;
};

function fromRow({ topic, key, headers, value, ...row }: Row): DeadLetter {
  return {
    id: row.id,
    group: row.consumer_group,
    eventId: row.event_id,
    eventType: row.event_type,
    record: { topic, key, headers, value },
    reason: row.reason,
    tries: row.tries,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    discardedAt: row.discarded_at ?? undefined,
  };
}
