import { prepared, query, rowSet } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import type { Attempt, RecentAttempts } from "./recent-attempts.ts";

/** Locks and reads users' attempts, of whom each is named once and in order, so that no two ever wait in a circle. */
export async function lockAttempts(
  tx: PoolClient,
  userIds: readonly string[],
  now: Date,
): Promise<Map<string, RecentAttempts>> {
  const rows = await query<Row>(tx, lockRows, [userIds, now]);
  return new Map(rows.map(({ user_id: userId, attempts }) => [userId, { userId, attempts }]));
}

/** Writes what the attempts of locked users are now. */
export async function saveAttempts(tx: PoolClient, recent: readonly RecentAttempts[]): Promise<void> {
  const rows = recent.map(({ userId, attempts }) => ({
    user_id: userId,
    attempts,
    latest_at: new Date(attempts.at(-1)?.at ?? 0),
  }));
  await query(tx, saveRows, counted.params(rows));
}

type Row = { readonly user_id: string; readonly attempts: readonly Attempt[] };

/** Makes the rows that are not there, so that there is always a lock. */
const lockRows = prepared(
  "lock_attempts",
  `INSERT INTO payment_attempts AS known (user_id, attempts, latest_at)
   SELECT user_id, '[]', $2 FROM unnest($1::uuid[]) AS asked(user_id)
       ON CONFLICT (user_id) DO UPDATE SET latest_at = known.latest_at
   RETURNING user_id, attempts`,
);

const counted = rowSet("counted", 1, { user_id: "uuid", attempts: "jsonb", latest_at: "timestamptz" });

const saveRows = prepared(
  "save_attempts",
  `UPDATE payment_attempts known SET attempts = counted.attempts, latest_at = counted.latest_at
     FROM ${counted.from} WHERE known.user_id = counted.user_id`,
);
