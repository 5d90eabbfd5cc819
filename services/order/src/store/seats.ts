import { prepared, query } from "@till/postgres/statements";
import { DatabaseError, type Pool, type PoolClient } from "pg";

/** Sessions are locked in the order of their ids, so that two transactions never deadlock. */
const lockSeats = prepared(
  "lock_seats",
  `INSERT INTO session_seats AS s (session_id, capacity)
   SELECT * FROM unnest($1::text[], $2::int[]) AS requested(session_id, capacity)
    ORDER BY session_id COLLATE "C"
   ON CONFLICT (session_id) DO UPDATE SET capacity = GREATEST(EXCLUDED.capacity, s.taken)
   RETURNING session_id, capacity - taken AS free`,
);
const lockTaken = prepared(
  "lock_taken_seats",
  `SELECT FROM session_seats WHERE session_id = ANY($1::text[]) ORDER BY session_id FOR UPDATE`,
);
const addSeats = prepared(
  "add_seats",
  `UPDATE session_seats s SET taken = taken + change.seats
     FROM unnest($1::text[], $2::int[]) AS change(session_id, seats) WHERE s.session_id = change.session_id`,
);

/** Locks sessions and returns how many seats each has free. `capacities` are those of the course service. */
export async function freeSeats(
  tx: Pool | PoolClient,
  capacities: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const ids = [...capacities.keys()];
  const params = [ids, [...capacities.values()]];
  const rows = await query<{ session_id: string; free: number }>(tx, lockSeats, params);
  return new Map(rows.map(({ session_id, free }) => [session_id, free]));
}

/** Takes seats (more than 0) and frees them (less than 0). The table's constraint rejects more than the capacity. */
export async function changeSeats(
  tx: PoolClient,
  changes: readonly ReadonlyMap<string, number>[],
): Promise<void> {
  const seats = new Map<string, number>();
  for (const change of changes) {
    for (const [session, count] of change) seats.set(session, (seats.get(session) ?? 0) + count);
  }
  if (seats.size === 0) return;
  await query(tx, lockTaken, [[...seats.keys()]]);
  await query(tx, addSeats, [[...seats.keys()], [...seats.values()]]);
}

/** Whether a write failed because it would take more seats than a session has. */
export function isOverbooked(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === "23514" && error.table === "session_seats";
}
