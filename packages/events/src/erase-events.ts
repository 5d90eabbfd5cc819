import { prepared, query } from "@till/postgres/statements";
import type { PoolClient } from "pg";

/** Returns a body without personal data; the type is the CloudEvent's, empty where it is not known. */
type EraseBody = (type: string, body: string) => string;

/**
 * Erases the bodies of events that are not published, come too early or can never be handled, by their keys. Of a dead
 * letter the error's text is erased as well, because it may quote the body. Returns the keys of the events that changed.
 */
export async function eraseEvents(
  tx: PoolClient,
  keys: readonly string[],
  { erase, tombstone }: { readonly erase: EraseBody; readonly tombstone: string },
): Promise<string[]> {
  const changed = new Set<string>();
  for (const { select, update } of tables) {
    const rows = await query<StoredBody>(tx, select, [keys, tombstone]);
    const erased = rows
      .map((row) => ({ ...row, next: erase(row.type ?? "", row.body) }))
      .filter(({ body, next, quotes }) => next !== body || quotes);
    for (const { key } of erased) changed.add(key);
    const columns = [erased.map(({ id }) => id), erased.map(({ next }) => next)];
    if (erased.length > 0) await query(tx, update, [...columns, tombstone]);
  }
  return [...changed];
}

type StoredBody = {
  readonly id: string;
  readonly key: string;
  readonly type: string | null;
  readonly body: string;
  /** Whether there is an error's text that may quote the body. */
  readonly quotes: boolean;
};

const tables = [
  {
    select: prepared(
      "event_outbox_to_erase",
      `SELECT id::text, key, type, data AS body, $2::text IS NULL AS quotes FROM outbox
        WHERE key = ANY($1::text[]) FOR UPDATE`,
    ),
    update: prepared(
      "event_erase_outbox",
      `UPDATE outbox SET data = erased.data FROM unnest($1::text[], $2::text[]) AS erased(id, data)
        WHERE outbox.id = erased.id::bigint AND $3::text IS NOT NULL`,
    ),
  },
  received("parked_event", "false"),
  received("dead_letter", "reason <> $2"),
];

function received(table: "parked_event" | "dead_letter", quotes: string) {
  const id = "consumer_group || ' ' || event_id";
  return {
    select: prepared(
      `event_${table}_to_erase`,
      `SELECT ${id} AS id, key, headers->>'ce_type' AS type, value AS body, $2::text IS NOT NULL AND ${quotes} AS quotes
         FROM ${table} WHERE key = ANY($1::text[]) FOR UPDATE`,
    ),
    update: prepared(
      `event_erase_${table}`,
      `UPDATE ${table} SET value = erased.value, reason = CASE WHEN ${quotes.replace("$2", "$3")} THEN $3 ELSE reason END
         FROM unnest($1::text[], $2::text[]) AS erased(id, value) WHERE ${id} = erased.id AND $3::text IS NOT NULL`,
    ),
  };
}
