import type { RequestKey } from "@till/rpc/request-key";
import { isUnavailable, transact, type Db } from "@till/postgres/statements";
import { inBatches } from "@till/postgres/updates";
import { AppError } from "@till/rpc/errors";
import { lockAttempts, saveAttempts } from "../limits/attempt-rows.ts";
import { attemptOf, countIn, type AttemptLimits, type RecentAttempts } from "../limits/recent-attempts.ts";
import { appError } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import type { Store } from "./store.ts";
import { insertPayments, orderOf, ordersUnderWay } from "./insert-payments.ts";
import type { Decision } from "../rules/decision.ts";

/** A payment that is to be written. `token`: what it is to be charged to, by which its attempt is counted. */
export type NewPayment = { readonly key: RequestKey; readonly decision: Decision; readonly token: string };

export type Placed = { readonly payment: Payment; readonly isReplay: boolean };
export type PlacePayment = (asked: NewPayment) => Promise<Placed>;

export type PlaceOptions = {
  readonly db: Db;
  readonly store: Pick<Store, "findByKey">;
  readonly limits: AttemptLimits;
  readonly now: () => Date;
};

/**
 * Writes new payments in batches, each together with its attempt in the guard against card testing: what is not
 * written does not count. Where the key has a payment already, that one is answered as it is now. Throws
 * PAYMENT_IN_PROGRESS where another payment for the order is under way, and RATE_LIMITED after too many declines.
 */
export function placePayments({ db, store, limits, now }: PlaceOptions): PlacePayment {
  const place = inBatches({
    failsAll: isUnavailable,
    run: (batch: readonly NewPayment[]): Promise<readonly (AppError | undefined)[]> =>
      transact(db, async (tx) => {
        const payments = batch.map(({ decision }) => decision.payment);
        const userIds = [...new Set(payments.map(({ userId }) => userId))].sort();
        const before = await lockAttempts(tx, userIds, now());
        // Every payment of these users is written under that lock: nobody else begins one meanwhile.
        const busy = await ordersUnderWay(tx, payments);
        const judged = new Map(before);
        const refusals = batch.map((one) => refusalOf(one, judged, busy, limits));
        const allowed = batch.filter((_, index) => !refusals[index]);
        if (allowed.length === 0) return refusals;

        const written = await insertPayments(
          tx,
          allowed.map(({ decision }) => decision),
        );
        const isWritten = ({ decision }: NewPayment) => written.has(decision.payment.id);
        const counted = new Map(before);
        for (const one of batch.filter(isWritten)) count(one, counted, limits);
        await saveAttempts(
          tx,
          [...counted.values()].filter((recent) => recent !== before.get(recent.userId)),
        );
        return batch.map((one, index) => (isWritten(one) ? undefined : (refusals[index] ?? inProgress(one))));
      }),
  });

  return async (asked) => {
    const refusal = await place(asked);
    if (!refusal) return { payment: asked.decision.payment, isReplay: false };
    const payment = await store.findByKey(asked.key);
    if (payment) return { payment, isReplay: true };
    throw refusal;
  };
}

type ByUser = Map<string, RecentAttempts>;

/** Why a payment cannot be written, or undefined; then it stands in the way of those that come after it. */
function refusalOf(
  asked: NewPayment,
  recent: ByUser,
  busy: Set<string>,
  limits: AttemptLimits,
): AppError | undefined {
  const order = orderOf(asked.decision.payment);
  if (busy.has(order)) return inProgress(asked);
  try {
    count(asked, recent, limits);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  busy.add(order);
  return undefined;
}

/** Counts an attempt in, or throws RATE_LIMITED. */
function count({ decision, token }: NewPayment, recent: ByUser, limits: AttemptLimits): void {
  const { payment } = decision;
  const attempt = attemptOf(payment, token);
  recent.set(payment.userId, countIn(recent.get(payment.userId)!, attempt, limits));
}

function inProgress({ decision }: NewPayment): AppError {
  const metadata = { order_id: decision.payment.orderId };
  return appError("PAYMENT_IN_PROGRESS", "another payment for this order is under way", { metadata });
}
