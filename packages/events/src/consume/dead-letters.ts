import { newId } from "@till/ids";
import { prepared, query, type Db } from "@till/postgres/statements";
import type { EventRecord } from "../bus/bus.ts";
import { recordIdOf, typeOfRecord } from "../envelope.ts";

type DeadLetter = {
  readonly group: string;
  readonly record: EventRecord;
  readonly error: unknown;
  readonly tries: number;
};

/** Stores a record and its error as a dead letter and ends its parking. A repeat adds its tries to the same row. */
export async function moveToDeadLetters(
  db: Pick<Db, "pool">,
  { group, record, error, tries }: DeadLetter,
): Promise<void> {
  const columns = [...recordColumns(group, record), reasonOf(error), tries, newId(), storedTypeOf(record)];
  await query(db.pool, insertDeadLetter, columns);
}

/** The type under which operators find a record; empty where it has no usable one. */
function storedTypeOf(record: EventRecord): string {
  try {
    return typeOfRecord(record);
  } catch {
    return "";
  }
}

/** The first columns of the tables parked_event and dead_letter. */
export function recordColumns(group: string, record: EventRecord): readonly string[] {
  const { topic, key, headers, value } = record;
  return [
    group,
    recordIdOf(record),
    printable(topic),
    printable(key),
    JSON.stringify(headers),
    printable(value),
  ];
}

/** An error as the tables keep it, at most 2,000 characters. */
export function reasonOf(error: unknown): string {
  return printable(String(error)).slice(0, 2_000);
}

/** Postgres takes no NUL in text. JSON has none either, so a value that can be replayed is kept as it is. */
function printable(text: string): string {
  return text.replaceAll("\u0000", "\ufffd");
}

const insertDeadLetter = prepared(
  "event_move_to_dead_letters",
  `WITH unparked AS (
     DELETE FROM parked_event WHERE consumer_group = $1 AND event_id = $2 RETURNING parked_at
   )
   INSERT INTO dead_letter
     (consumer_group, event_id, topic, key, headers, value, reason, tries, id, event_type, first_seen_at, last_seen_at)
   SELECT $1, $2, $3, $4, $5::json, $6, $7, $8::integer, $9::uuid, $10,
          coalesce((SELECT parked_at FROM unparked), now()), now()
   ON CONFLICT (consumer_group, event_id) DO UPDATE
   SET reason = excluded.reason, tries = dead_letter.tries + excluded.tries, last_seen_at = excluded.last_seen_at`,
);
