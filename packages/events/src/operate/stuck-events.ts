import { prepared, query, type Db } from "@till/postgres/statements";

/** An event that is not published, that the brokers rejected, or that still waits for its order or payment. */
export type StuckEvent = {
  readonly kind: "OUTBOX_ROW" | "REJECTED_EVENT" | "PARKED_EVENT";
  readonly id: string;
  readonly since: Date;
  /** The event's type, and for a parked event the error of its last attempt. */
  readonly cause: string;
};

const selectStuck = prepared(
  "event_select_stuck",
  `(SELECT 'OUTBOX_ROW' AS kind, event_id::text AS id, created_at AS since,
           type || ' is not published to ' || topic AS cause
      FROM outbox WHERE created_at <= clock_timestamp() - interval '30 seconds' ORDER BY outbox.id LIMIT $1)
   UNION ALL
   (SELECT 'REJECTED_EVENT', event_id::text, rejected_at, type || ' is not published to ' || topic || ': ' || reason
      FROM rejected_event ORDER BY rejected_at LIMIT $1)
   UNION ALL
   (SELECT 'PARKED_EVENT', event_id, parked_at, coalesce(headers ->> 'ce_type', 'an event') || ': ' || reason
      FROM parked_event WHERE parked_at <= clock_timestamp() - interval '1 minute' ORDER BY parked_at LIMIT $1)`,
);

/**
 * Lists events that are not published after half a minute, that the brokers rejected, or that are parked for more than a
 * minute; at most `limit` of each.
 */
export function stuckEvents({ pool }: Pick<Db, "pool">, limit: number): Promise<StuckEvent[]> {
  return query<StuckEvent>(pool, selectStuck, [limit]);
}
