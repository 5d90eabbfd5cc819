import type { Prunable } from "@till/postgres/prune";

type KeepDays = { readonly events: number; readonly unresolved: number };

/**
 * The rows of the event tables that may go. The inbox keeps an event that is parked or a dead letter as well: it may be
 * handled again. A dead letter stays until it is replayed or discarded.
 */
export function oldEventRows(keepDays: KeepDays): readonly Prunable[] {
  return [
    {
      table: "inbox",
      since: "received_at",
      keepDays: keepDays.events,
      where: `NOT EXISTS (${sameEventIn("dead_letter")}) AND NOT EXISTS (${sameEventIn("parked_event")})`,
    },
    { table: "dead_letter", since: "discarded_at", keepDays: keepDays.events },
    // Of a group that no process consumes for any more: what is consumed is tried again within a minute.
    { table: "parked_event", since: "next_try_at", keepDays: keepDays.unresolved },
    { table: "rejected_event", since: "rejected_at", keepDays: keepDays.unresolved },
  ];
}

function sameEventIn(table: string): string {
  return `SELECT FROM ${table} AS other
    WHERE other.consumer_group = inbox.consumer_group AND other.event_id = inbox.event_id`;
}
