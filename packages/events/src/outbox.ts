import type { OutgoingEvent } from "./event.ts";

const columns = "event_id, topic, key, type, data_version, time, traceparent, data";

/**
 * The statement, or the CTE within a service's own statement, that writes events to the outbox in the order given.
 * `$param` is JSON.stringify(outboxRows(events)); `where` may narrow the rows, which it knows as `event`:
 * `outboxInsert(4, "event.key IN (SELECT id::text FROM placed)")`.
 */
export function outboxInsert(param: number, where = "true"): string {
  return `INSERT INTO outbox (${columns})
    SELECT ${columns}
    FROM ROWS FROM (json_to_recordset($${param}::json) AS (
      event_id uuid, topic text, key text, type text, data_version bigint, time timestamptz, traceparent text, data text
    )) WITH ORDINALITY AS event (${columns}, position)
    WHERE ${where}
    ORDER BY event.position`;
}

/** Events as the rows `outboxInsert` reads. */
export function outboxRows(events: readonly OutgoingEvent[]): readonly object[] {
  return events.map((event) => ({
    event_id: event.id,
    topic: event.topic,
    key: event.subject,
    type: event.type,
    data_version: event.dataVersion,
    time: event.time,
    traceparent: event.traceparent,
    data: event.data,
  }));
}
