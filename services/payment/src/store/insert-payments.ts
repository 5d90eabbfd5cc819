import { query, transact, type Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { inBatches } from "@till/postgres/updates";
import { AppError } from "@till/rpc/errors";
import type { PoolClient } from "pg";
import { requireAttemptAllowed, type Attempt, type AttemptLimits } from "../rules/attempt-limit.ts";
import { appError } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import { historyRows } from "./history-rows.ts";
import { insertParams, insertRows, lockUsers, selectAttempts, selectUnderWay } from "./insert-statements.ts";
import { newPaymentRow } from "./payment-rows.ts";
import type { NewPayment } from "./store.ts";

/**
 * Opens the insertion of payments in batches. Returns why a payment was not inserted: PAYMENT_IN_PROGRESS also when its
 * key is taken. The user's payments of the last hour are counted under a lock, so that the limits hold on all replicas.
 */
export function insertsOf(db: Pick<Db, "pool">, limits: AttemptLimits) {
  return inBatches({
    failsAll: isUnavailable,
    locks: userOf,
    run: (batch: readonly NewPayment[], lockTimeoutMs): Promise<readonly (AppError | undefined)[]> =>
      transact(
        db,
        async (tx) => {
          // Locked first, read then, in a statement of its own: the count must see what other replicas have committed.
          await query(tx, lockUsers, [[...new Set(batch.map(userOf))].sort()]);
          const busy = await ordersUnderWay(tx, batch);
          const attempts = await attemptsOf(tx, batch, limits);
          const problems = batch.map((one) => problemWith(one, busy, attempts, limits));
          const allowed = batch.filter((_, index) => !problems[index]);
          if (allowed.length === 0) return problems;
          const inserted = await insert(tx, allowed);
          return batch.map((one, index) =>
            inserted.has(one.decision.payment.id) ? undefined : (problems[index] ?? inProgress(one)),
          );
        },
        { lockTimeoutMs },
      ),
  });
}

type Attempts = Map<string, Attempt[]>;

/** Why a payment cannot be inserted; one that can be counts for the rest of its batch. */
function problemWith(
  one: NewPayment,
  busy: Map<string, string>,
  attempts: Attempts,
  limits: AttemptLimits,
): AppError | undefined {
  const { payment } = one.decision;
  const other = busy.get(orderOf(payment));
  if (other !== undefined) return inProgress(one, other);
  const earlier = attempts.get(payment.userId) ?? [];
  const attempt = { at: payment.createdAt, cardHash: one.cardHash };
  try {
    requireAttemptAllowed(earlier, attempt, limits);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  busy.set(orderOf(payment), payment.id);
  attempts.set(payment.userId, [...earlier, attempt]);
  return undefined;
}

/** The payments without an end of the batch's orders, by order. */
async function ordersUnderWay(tx: PoolClient, batch: readonly NewPayment[]): Promise<Map<string, string>> {
  const orders = batch.map(({ decision }) => decision.payment.orderId);
  const rows = await query<{ id: string; user_id: string; order_id: string }>(tx, selectUnderWay, [
    batch.map(userOf),
    orders,
  ]);
  return new Map(rows.map((row) => [orderOf({ userId: row.user_id, orderId: row.order_id }), row.id]));
}

/** The newest attempts of the batch's users that count against the limits. */
async function attemptsOf(
  tx: PoolClient,
  batch: readonly NewPayment[],
  { perUser }: AttemptLimits,
): Promise<Attempts> {
  type Row = { readonly user_id: string; readonly created_at: Date; readonly card_hash: string | null };
  const firsts = new Map(batch.map((one) => [userOf(one), one.decision.payment]));
  const rows = await query<Row>(tx, selectAttempts, [
    [...firsts.keys()],
    [...firsts.values()].map(({ createdAt }) => createdAt),
    perUser,
  ]);
  const attempts: Attempts = new Map();
  for (const { user_id, created_at, card_hash } of rows) {
    const attempt = { at: created_at, cardHash: card_hash ?? "" };
    attempts.set(user_id, [...(attempts.get(user_id) ?? []), attempt]);
  }
  return attempts;
}

/** Inserts payments with their history. Returns the ids of the inserted ones: a taken key inserts nothing. */
async function insert(tx: PoolClient, payments: readonly NewPayment[]): Promise<Set<string>> {
  const rows = payments
    // In the order of the orders, so that two batches never deadlock.
    .toSorted((a, b) => (a.decision.payment.orderId < b.decision.payment.orderId ? -1 : 1))
    .map(({ decision, cardHash }) => ({ ...newPaymentRow(decision.payment), card_hash: cardHash }));
  const history = payments.flatMap(({ decision }) => historyRows(decision.history));
  const inserted = await query<{ id: string }>(tx, insertRows, insertParams(rows, history));
  return new Set(inserted.map(({ id }) => id));
}

const userOf = ({ decision }: NewPayment) => decision.payment.userId;

/** An order with its payer: a payment for another user's order must not block its owner's. */
function orderOf({ userId, orderId }: Pick<Payment, "userId" | "orderId">): string {
  return `${userId} ${orderId}`;
}

/** VoidPayment of the payment that is named frees the order, if it is authorized or waits for its payer. */
function inProgress({ decision }: NewPayment, paymentId?: string): AppError {
  const metadata = {
    order_id: decision.payment.orderId,
    ...(paymentId && { payment_id: paymentId }),
    way_out: "VoidPayment",
  };
  const message =
    "another payment for this order is under way; VoidPayment ends it unless it is being charged";
  return appError("PAYMENT_IN_PROGRESS", message, { metadata });
}
