import { oldEventRows } from "@till/events/prune";
import type { Prunable } from "@till/postgres/prune";
import type { OrderConfig } from "../config.ts";

/** The rows that are deleted by age: idempotency keys, finished jobs with their keys, and those of events. */
export function oldRows({ keepDays }: Pick<OrderConfig, "keepDays">): readonly Prunable[] {
  return [
    { table: "idempotency_key", since: "created_at", keepDays: keepDays.keys },
    { table: "job", since: "finished_at", keepDays: keepDays.keys },
    ...oldEventRows(keepDays),
  ];
}
