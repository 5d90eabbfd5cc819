import { prepared, query, type Db } from "@till/postgres/statements";
import { backOffMs } from "@till/worker/back-off";
import type { EventRecord } from "../bus/bus.ts";
import { recordColumns, reasonOf } from "./dead-letters.ts";

export type ParkedEvent = { readonly record: EventRecord; readonly eventId: string; readonly tries: number };

/** The events of one group that came too early. */
export type ParkedEvents = {
  /** Notes that an event came too early. One that is parked already stays as it is. */
  park(record: EventRecord, error: Error): Promise<void>;
  /** Takes events that are due, oldest first, on a lease: no other process gets them until it is over. */
  claim(limit: number): Promise<ParkedEvent[]>;
  /** It is still too early: the next try comes after a longer while. */
  postpone(parked: ParkedEvent, error: Error): Promise<void>;
  release(parked: ParkedEvent): Promise<void>;
};

const waits = { firstMs: 200, maxMs: 30_000 };
/** Longer than any handler takes. A process that dies while it holds an event delays it by this. */
const leaseMs = 30_000;

/** Opens the parking of a group. */
export function parkedEvents({ pool }: Pick<Db, "pool">, group: string): ParkedEvents {
  return {
    async park(record, error) {
      await query(pool, insertParked, [
        ...recordColumns(group, record),
        reasonOf(error),
        backOffMs(1, waits),
      ]);
    },
    async claim(limit) {
      const rows = await query<ParkedRow>(pool, claimParked, [group, limit, leaseMs]);
      return rows.sort(byAge).map(fromRow);
    },
    async postpone({ eventId, tries }, error) {
      const waitMs = backOffMs(tries + 1, waits);
      await query(pool, postponeParked, [group, eventId, waitMs, reasonOf(error)]);
    },
    async release({ eventId }) {
      await query(pool, deleteParked, [group, eventId]);
    },
  };
}

const insertParked = prepared(
  "event_park",
  `INSERT INTO parked_event (consumer_group, event_id, topic, key, headers, value, reason, tries, next_try_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, 1, now() + $8 * interval '1 millisecond')
   ON CONFLICT (consumer_group, event_id) DO NOTHING`,
);

const claimParked = prepared(
  "event_claim_parked",
  `UPDATE parked_event AS parked SET next_try_at = now() + $3 * interval '1 millisecond'
   FROM (
     SELECT event_id FROM parked_event WHERE consumer_group = $1 AND next_try_at <= now()
     ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED
   ) AS due
   WHERE parked.consumer_group = $1 AND parked.event_id = due.event_id
   RETURNING parked.event_id, topic, key, headers, value, tries, parked_at`,
);

const postponeParked = prepared(
  "event_postpone_parked",
  `UPDATE parked_event
   SET tries = tries + 1, next_try_at = now() + $3 * interval '1 millisecond', reason = $4
   WHERE consumer_group = $1 AND event_id = $2`,
);

const deleteParked = prepared(
  "event_release_parked",
  "DELETE FROM parked_event WHERE consumer_group = $1 AND event_id = $2",
);

type ParkedRow = EventRecord & {
  readonly event_id: string;
  readonly tries: number;
  readonly parked_at: Date;
};

function byAge(one: ParkedRow, other: ParkedRow): number {
  return one.parked_at.getTime() - other.parked_at.getTime();
}

function fromRow({ event_id: eventId, tries, topic, key, headers, value }: ParkedRow): ParkedEvent {
  return { eventId, tries, record: { topic, key, headers, value } };
}
