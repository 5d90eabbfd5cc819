import { prepared, query, type Db } from "@till/postgres/statements";
import type { EventRecord } from "../bus/bus.ts";
import { fileIdOf } from "../envelope.ts";

export type Burial = {
  readonly group: string;
  readonly record: EventRecord;
  readonly error: unknown;
  readonly tries: number;
};

/** Files a record under the dead letters, with its reason, and ends its parking. Once a group, however often. */
export async function bury(db: Pick<Db, "pool">, { group, record, error, tries }: Burial): Promise<void> {
  await query(db.pool, insertDeadLetter, [...fileColumns(group, record), reasonOf(error), tries]);
}

/** The columns under which parked events and dead letters keep a record. */
export function fileColumns(group: string, record: EventRecord): readonly string[] {
  const { topic, key, headers, value } = record;
  return [
    group,
    fileIdOf(record),
    printable(topic),
    printable(key),
    JSON.stringify(headers),
    printable(value),
  ];
}

/** What went wrong, in a few words. */
export function reasonOf(error: unknown): string {
  return printable(String(error)).slice(0, 2_000);
}

/** Postgres takes no NUL in text. JSON has none either, so a value that can be replayed is kept as it is. */
function printable(text: string): string {
  return text.replaceAll("\u0000", "\ufffd");
}

const insertDeadLetter = prepared(
  "event_bury",
  `WITH unparked AS (
     DELETE FROM parked_event WHERE consumer_group = $1 AND event_id = $2 RETURNING parked_at
   )
   INSERT INTO dead_letter
     (consumer_group, event_id, topic, key, headers, value, reason, tries, first_seen_at, last_seen_at)
   SELECT $1, $2, $3, $4, $5::json, $6, $7, $8::integer, coalesce((SELECT parked_at FROM unparked), now()), now()
   ON CONFLICT (consumer_group, event_id) DO UPDATE
   SET reason = excluded.reason, tries = dead_letter.tries + excluded.tries, last_seen_at = excluded.last_seen_at`,
);
