import { eraseBody } from "@till/contracts/erase-body";
import { inboxInsert, inboxSelect } from "@till/events/consume";
import { eraseEvents } from "@till/events/erase";
import { prepared, query, transact, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import type { Context } from "../rules/decision.ts";
import { auditChange } from "./audit-facts.ts";
import { lockUser } from "./payment-method-statements.ts";
import { consumerGroup } from "./update-payments.ts";

type Erasure = {
  readonly userId: string;
  /** The actor of the erasure in the order service. */
  readonly erasedBy: string;
  /** The event that the erasure is made for. */
  readonly eventId: string;
};

/** What stands in place of erased text. */
const tombstone = "[erased]";

/**
 * Overwrites the texts, cards and addresses that the payments of a user have, removes the user's payment methods, and
 * audits that, once for an event. Amounts, states, times and ids stay, and so does the audit log, which is kept by law.
 */
export function erasePerson(
  db: Pick<Db, "pool">,
  { userId, erasedBy, eventId }: Erasure,
  context: Context,
): Promise<void> {
  return transact(db, async (tx) => {
    await query(tx, lockUser, [userId]);
    if ((await query(tx, selectApplied, [consumerGroup, [eventId]])).length > 0) return;
    await query(tx, insertApplied, [consumerGroup, [eventId]]);
    const orderIds = await erasePayments(tx, userId, context.now);
    const erase = (type: string, body: string) => eraseBody(type, body, tombstone);
    await eraseEvents(tx, orderIds, { erase, tombstone });
    const fact = { action: "PERSON_ERASED", subject: userId, userId, result: "ERASED" };
    await auditChange(tx, context, { ...fact, details: { erased_by: erasedBy } });
  });
}

/** Returns the ids of the user's orders. */
async function erasePayments(tx: PoolClient, userId: string, now: Date): Promise<string[]> {
  const payments = await query<{ order_id: string }>(tx, lockPayments, [userId]);
  await query(tx, erasePaymentRows, [userId, tombstone]);
  await query(tx, eraseOperations, [userId, tombstone]);
  await query(tx, eraseHistory, [userId, tombstone]);
  await query(tx, eraseMethods, [userId, tombstone, now]);
  return [...new Set(payments.map(({ order_id }) => order_id))];
}

const selectApplied = prepared("select_applied_erasure", inboxSelect(1, 2));
const insertApplied = prepared("insert_applied_erasure", inboxInsert(1, 2));

// In the order of their ids, as other changes lock payments.
const lockPayments = prepared(
  "lock_payments_to_erase",
  `SELECT order_id FROM payment WHERE user_id = $1 ORDER BY id FOR UPDATE`,
);

// With a new version: a change that was decided on the payment before is not written over it.
const erasePaymentRows = prepared(
  "erase_payments",
  `UPDATE payment
      SET version = version + 1, failure_reason = CASE WHEN failure_reason IS NOT NULL THEN $2::text END, action_url = NULL,
          card_brand = NULL, card_last4 = NULL, card_exp_month = NULL, card_exp_year = NULL, card_hash = NULL
    WHERE user_id = $1`,
);

const eraseOperations = prepared(
  "erase_operations",
  `UPDATE operation
      SET reason = CASE reason WHEN '' THEN '' ELSE $2::text END,
          failure_reason = CASE WHEN failure_reason IS NOT NULL THEN $2::text END
    WHERE user_id = $1`,
);

const eraseHistory = prepared("erase_history", `SELECT erase_payment_history($1, $2)`);

const eraseMethods = prepared(
  "erase_methods",
  `UPDATE payment_method
      SET removed_at = coalesce(removed_at, $3), is_default = false, key_id = NULL, nonce = NULL, encrypted_token = NULL,
          fingerprint = NULL, brand = $2, last4 = '0000', exp_month = 1, exp_year = 2000
    WHERE user_id = $1`,
);
