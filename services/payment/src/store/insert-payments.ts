import { query, retryConflicts, type Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { inBatches, inTurn } from "@till/postgres/updates";
import { AppError } from "@till/rpc/errors";
import { requireAttemptAllowed, type Attempt, type AttemptLimits } from "../rules/attempt-limit.ts";
import { appError } from "../rules/errors.ts";
import { historyRows } from "./history-rows.ts";
import { insertParams, insertRows, selectAttempts, selectUnderWay } from "./insert-statements.ts";
import { newPaymentRow } from "./payment-rows.ts";
import type { NewPayment } from "./store.ts";

type Connections = Pick<Db, "pool">;

/**
 * Opens the insertion of payments in batches, those of one user one after the other. Returns whether a payment was
 * inserted: not where its key is taken, its order has a payment without an end, or its user has made too many attempts.
 */
export function insertsOf({ pool }: Connections, limits: AttemptLimits) {
  const insert = inBatches({
    failsAll: isUnavailable,
    locks: userOf,
    async run(batch: readonly NewPayment[], lockTimeoutMs = 0): Promise<readonly boolean[]> {
      // In the order of the orders, so that two batches never deadlock.
      const sorted = batch.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
      const params = insertParams({
        payments: sorted.map(({ decision, cardHash }) => {
          return { ...newPaymentRow(decision.payment), card_hash: cardHash };
        }),
        history: sorted.flatMap(({ decision }) => historyRows(decision.history)),
        limits,
        lockTimeoutMs,
      });
      const rows = await retryConflicts(() => query<{ id: string }>(pool, insertRows, params));
      const inserted = new Set(rows.map(({ id }) => id));
      return batch.map(({ decision }) => inserted.has(decision.payment.id));
    },
  });
  return inTurn(userOf, isUnavailable, insert);
}

/** Returns why a payment was not inserted: PAYMENT_IN_PROGRESS or RATE_LIMITED; undefined where the reason is gone. */
export async function whyNotInserted(
  { pool }: Connections,
  { decision: { payment }, cardHash }: NewPayment,
  limits: AttemptLimits,
): Promise<AppError | undefined> {
  const { userId, orderId, createdAt } = payment;
  const [other] = await query<{ id: string }>(pool, selectUnderWay, [userId, orderId]);
  if (other) return inProgress(orderId, other.id);
  const earlier = await query<Attempt>(pool, selectAttempts, [userId, createdAt, limits.perUser]);
  try {
    requireAttemptAllowed(earlier, { at: createdAt, cardHash }, limits);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

const userOf = ({ decision }: NewPayment) => decision.payment.userId;
const orderOf = ({ decision }: NewPayment) => decision.payment.orderId;

/** VoidPayment of the payment that is named frees the order, if it is authorized or waits for its payer. */
function inProgress(orderId: string, paymentId: string): AppError {
  const metadata = { order_id: orderId, payment_id: paymentId, way_out: "VoidPayment" };
  const message =
    "another payment for this order is under way; VoidPayment ends it unless it is being charged";
  return appError("PAYMENT_IN_PROGRESS", message, { metadata });
}
