import { rowSet } from "@till/postgres/statements";
import type { OutgoingEvent } from "../event.ts";

/**
 * How a statement of a service's own writes events to the outbox, taking its parameters from `first` on. `insert` is
 * the statement, or the CTE; `where` may narrow the rows, which it knows as `event`:
 * `events.insert("event.key IN (SELECT id::text FROM placed)")`.
 */
export function outbox(first: number) {
  const rows = rowSet("event", first, {
    event_id: "uuid",
    topic: "text",
    key: "text",
    type: "text",
    data_version: "bigint",
    time: "timestamptz",
    traceparent: "text",
    data: "json",
  });
  return {
    insert: (where = "true") =>
      `INSERT INTO outbox (${rows.columns}) SELECT ${rows.columns} FROM ${rows.from} WHERE ${where} ORDER BY event.ord`,
    params: (events: readonly OutgoingEvent[]) => rows.params(events.map(rowOf)),
    next: rows.next,
  };
}

function rowOf({ id, topic, subject, type, dataVersion, time, traceparent, data }: OutgoingEvent) {
  return { event_id: id, topic, key: subject, type, data_version: dataVersion, time, traceparent, data };
}
