import { prepared, query } from "@till/postgres/statements";
import { reasonOf } from "@till/rpc/errors";
import type { Deps } from "../deps.ts";
import { unpaid } from "../store/statements.ts";
import { expireOrder } from "../rules/cancel.ts";

const batch = 500;

// Ids grow with time, and so do the times at which orders expire: the oldest are due first.
const selectOverdue = prepared(
  "select_overdue",
  `SELECT id FROM orders
    WHERE ${unpaid} AND expires_at <= $1
      AND (status <> 'PAYMENT_PENDING' OR payment_id IS NULL OR expires_at <= $2)
    ORDER BY id LIMIT ${batch}`,
);

/** Cancels unpaid orders whose time is over, which frees their seats and goods (spec C9). */
export async function expireOverdue({ db, store, policies, now }: Deps): Promise<void> {
  for (;;) {
    const graceMs = policies.paymentGraceMs;
    const time = now();
    const params = [time, new Date(time.getTime() - graceMs)];
    const rows = await query<{ id: string }>(db.pool, selectOverdue, params);
    const context = { now: time, actor: "worker:expire" };
    await Promise.all(
      rows.map(({ id }) =>
        store
          .update({ id, decide: (order) => expireOrder(order, context, graceMs) })
          // Paid, or about to be, since it was found.
          .catch(ignoring("ILLEGAL_TRANSITION", "PAYMENT_IN_PROGRESS")),
      ),
    );
    if (rows.length < batch) return;
  }
}

function ignoring(...reasons: string[]) {
  return (error: unknown) => {
    if (!reasons.includes(reasonOf(error) ?? "")) throw error;
  };
}
