import { prepared, query, type Db } from "@till/postgres/statements";
import { groupUpdates } from "@till/postgres/updates";
import type { Payment } from "../rules/payment.ts";
import { lockAttempts, saveAttempts } from "./attempt-rows.ts";
import { takeBack, windowMs, type RecentAttempts } from "./recent-attempts.ts";

/**
 * The guard against card testing. It counts in Postgres, so that it holds across replicas and restarts: an attempt is
 * counted in the transaction that writes its payment (`placePayments`).
 */
export type Limits = {
  /** Takes a payment's attempt back, so that only declines count, and what nobody knows the outcome of. */
  takeBack(payment: Pick<Payment, "id" | "userId">): Promise<void>;
  /** Deletes what is too old to count. */
  forgetOld(): Promise<void>;
};

type Options = { readonly db: Pick<Db, "pool">; readonly now: () => Date };

/** Opens the guard. Attempts that are taken back at the same time share a commit. */
export function openLimits({ db, now }: Options): Limits {
  const update = groupUpdates<RecentAttempts, Counted>(db, {
    load: (tx, userIds) => lockAttempts(tx, userIds, now()),
    // No event makes an attempt.
    applied: () => Promise.resolve(new Set()),
    save: (tx, { states }) => saveAttempts(tx, states),
    stateAfter: ({ after }) => after,
    changes: ({ before, after }) => after !== before,
    missing: (userId) => new Error(`the attempts of ${userId} were not locked`),
  });
  return {
    async takeBack({ id, userId }) {
      await update({ id: userId, decide: (before) => ({ before, after: takeBack(before, id) }) });
    },
    async forgetOld() {
      await query(db.pool, deleteOld, [new Date(now().getTime() - windowMs)]);
    },
  };
}

type Counted = { readonly before: RecentAttempts; readonly after: RecentAttempts };

const deleteOld = prepared(
  "delete_old_attempts",
  `DELETE FROM payment_attempts WHERE user_id IN (
     SELECT user_id FROM payment_attempts WHERE latest_at <= $1 ORDER BY latest_at LIMIT 1000 FOR UPDATE SKIP LOCKED)`,
);
