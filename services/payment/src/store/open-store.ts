import { isUnavailable } from "@till/postgres/unavailable";
import type { Db } from "@till/postgres/statements";
import { inBatches } from "@till/postgres/updates";
import type { RequestKey } from "@till/rpc/request-key";
import { traceparentFor } from "@till/rpc/server";
import type { AttemptLimits } from "../rules/attempt-limit.ts";
import type { Decision } from "../rules/decision.ts";
import { appError, keyReused } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import { claimOperations, claimPayments } from "./claims.ts";
import { insertsOf, whyNotInserted } from "./insert-payments.ts";
import { operationFromRow } from "./operation-rows.ts";
import {
  readByKeys,
  readOperationByKey,
  readPayments,
  readShownPayment,
  readStatusBefore,
} from "./payment-reads.ts";
import { paymentFromRow } from "./payment-rows.ts";
import type { Store } from "./store.ts";
import { updatesOf } from "./update-payments.ts";

export type StoreOptions = {
  readonly db: Pick<Db, "pool">;
  readonly limits: AttemptLimits;
  readonly newId: () => string;
  /** Called after each commit that may have left something in the outbox. */
  readonly onEvents: () => void;
  /** Called after each commit that inserted or changed a payment. */
  readonly onChanged: (decision: Decision) => void;
};

/** Opens the store. */
export function openStore({ db, limits, newId, onEvents, onChanged }: StoreOptions): Store {
  const findAll = inBatches({
    run: (keys: readonly RequestKey[]) => readByKeys(db.pool, keys),
    failsAll: isUnavailable,
  });

  const find = inBatches({
    run: (ids: readonly string[]) => readPayments(db.pool, ids),
    failsAll: isUnavailable,
  });

  async function findByKey(key: RequestKey): Promise<Payment | undefined> {
    const found = await findAll(key);
    if (found && found.request_hash !== key.hash) throw keyReused();
    return found && paymentFromRow(found);
  }

  const insert = insertsOf(db, limits);
  const update = updatesOf(db, newId);

  return {
    findByKey,
    async insert(given) {
      // What blocked the insert may have ended before it is read: the insert is repeated then.
      for (let attempt = 0; attempt < 3; attempt++) {
        if (await insert(given)) {
          onChanged(given.decision);
          return { payment: given.decision.payment, isReplay: false };
        }
        const payment = await findByKey(given.key);
        if (payment) return { payment, isReplay: true };
        const problem = await whyNotInserted(db, given, limits);
        if (problem) throw problem;
      }
      throw appError("REQUEST_IN_PROGRESS", "a concurrent payment blocks this one, try again", {
        retryAfterMs: 200,
      });
    },
    async update({ id, eventId, from, decide, traceparent }) {
      const traced = (current: Payment) => ({ ...decide(current), traceparent: traceparentFor(traceparent) });
      const updated = await update({ id, eventId, from, decide: traced }).catch((error: unknown) => {
        if (isKeyTaken(error)) throw keyReused(error);
        throw error;
      });
      onEvents();
      if (updated.kind === "changed") onChanged(updated.decision);
      return updated;
    },
    find,
    findShown: (id) => readShownPayment(db.pool, id),
    statusBefore: (payment) => readStatusBefore(db.pool, payment),
    async findOperation(key) {
      const row = await readOperationByKey(db.pool, key);
      if (row && row.request_hash !== key.hash) throw keyReused();
      return row && operationFromRow(row);
    },
    claimOpen: (claim) => claimPayments(db.pool, claim),
    claimOperations: (claim) => claimOperations(db.pool, claim),
  };
}

/** The lock of one payment does not cover another payment's use of the same key. */
function isKeyTaken(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "operation_by_key";
}
