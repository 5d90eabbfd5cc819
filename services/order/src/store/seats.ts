import { prepared, query } from "@till/postgres/statements";
import type { PoolClient } from "pg";

/** Sessions are locked in the order of their ids, so that two transactions never wait for each other in a circle. */
const lockSeats = prepared(
  "lock_seats",
  `INSERT INTO session_seats AS s (session_id, capacity)
   SELECT * FROM unnest($1::uuid[], $2::int[]) AS asked(session_id, capacity) ORDER BY session_id
   ON CONFLICT (session_id) DO UPDATE SET capacity = GREATEST(EXCLUDED.capacity, s.taken)
   RETURNING session_id, capacity - taken AS free`,
);
const lockTaken = prepared(
  "lock_taken_seats",
  `SELECT FROM session_seats WHERE session_id = ANY($1::uuid[]) ORDER BY session_id FOR UPDATE`,
);
const addSeats = prepared(
  "add_seats",
  `UPDATE session_seats s SET taken = taken + change.seats
     FROM unnest($1::uuid[], $2::int[]) AS change(session_id, seats) WHERE s.session_id = change.session_id`,
);

/** Locks sessions and answers how many seats each has left. Their capacity is what the course service says now. */
export async function freeSeats(
  tx: Pick<PoolClient, "query">,
  capacities: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const ids = [...capacities.keys()];
  const params = [ids, [...capacities.values()]];
  const rows = await query<{ session_id: string; free: number }>(tx as PoolClient, lockSeats, params);
  return new Map(rows.map(({ session_id, free }) => [session_id, free]));
}

/** Takes seats (more than 0) and gives them back (less). The table refuses more than a session's capacity. */
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
