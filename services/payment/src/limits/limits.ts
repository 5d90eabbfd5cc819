import { groupUpdates, prepared, query, rowSet, type Db } from "@till/postgres";
import type { RequestKey } from "../payment.ts";
import {
  attemptOf,
  countIn,
  takeBack,
  windowMs,
  type Attempt,
  type AttemptLimits,
  type RecentAttempts,
} from "./recent-attempts.ts";

/** The guard against card testing. It counts in Postgres, so that it holds across replicas and restarts. */
export type Limits = {
  /**
   * Counts an attempt to pay, or throws RATE_LIMITED. To be called for a new request, before its payment is recorded;
   * a repeat is not an attempt.
   */
  requireRoom(attempt: {
    readonly userId: string;
    /** The provider's reference for what is to be charged. */
    readonly token: string;
    readonly request: RequestKey;
  }): Promise<void>;
  /** Takes an attempt back, so that only declines count. What cannot be written down now counts for its hour. */
  takeBack(attempt: { readonly userId: string; readonly request: RequestKey }): Promise<void>;
  /** Deletes what is too old to count. */
  forgetOld(): Promise<void>;
};

type Options = { readonly db: Pick<Db, "pool">; readonly limits: AttemptLimits; readonly now: () => Date };

/** Opens the guard. Users who pay at the same time share a commit. */
export function openLimits({ db, limits, now }: Options): Limits {
  const count = groupUpdates<RecentAttempts, Counted>(db, {
    async load(tx, userIds) {
      const rows = await query<Row>(tx, lockAttempts, [userIds, now()]);
      return new Map(rows.map(({ user_id: userId, attempts }) => [userId, { userId, attempts }]));
    },
    // No event makes an attempt.
    applied: () => Promise.resolve(new Set()),
    async save(tx, { states }) {
      const params = counted.params(
        states.map(({ userId, attempts }) => ({
          user_id: userId,
          attempts,
          latest_at: new Date(attempts.at(-1)?.at ?? 0),
        })),
      );
      await query(tx, saveAttempts, params);
    },
    stateAfter: ({ after }) => after,
    changes: ({ before, after }) => after !== before,
    missing: (userId) => new Error(`the attempts of ${userId} were not locked`),
  });
  return {
    async requireRoom({ userId, token, request }) {
      const attempt = attemptOf(userId, token, request, now());
      await count({ id: userId, decide: (before) => ({ before, after: countIn(before, attempt, limits) }) });
    },
    async takeBack({ userId, request }) {
      await count({ id: userId, decide: (before) => ({ before, after: takeBack(before, userId, request) }) });
    },
    async forgetOld() {
      await query(db.pool, deleteOld, [new Date(now().getTime() - windowMs)]);
    },
  };
}

type Row = { readonly user_id: string; readonly attempts: readonly Attempt[] };
type Counted = { readonly before: RecentAttempts; readonly after: RecentAttempts };

/** Locks the rows of these users, who are sorted; makes those that are not there, so that there is always a lock. */
const lockAttempts = prepared(
  "lock_attempts",
  `INSERT INTO payment_attempts AS known (user_id, attempts, latest_at)
   SELECT user_id, '[]', $2 FROM unnest($1::uuid[]) AS asked(user_id)
       ON CONFLICT (user_id) DO UPDATE SET latest_at = known.latest_at
   RETURNING user_id, attempts`,
);

const counted = rowSet("counted", 1, { user_id: "uuid", attempts: "jsonb", latest_at: "timestamptz" });

const saveAttempts = prepared(
  "save_attempts",
  `UPDATE payment_attempts known SET attempts = counted.attempts, latest_at = counted.latest_at
     FROM ${counted.from} WHERE known.user_id = counted.user_id`,
);

const deleteOld = prepared(
  "delete_old_attempts",
  `DELETE FROM payment_attempts WHERE user_id IN (
     SELECT user_id FROM payment_attempts WHERE latest_at <= $1 ORDER BY latest_at LIMIT 1000 FOR UPDATE SKIP LOCKED)`,
);
