import { query, type Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { groupUpdates, inBatches } from "@till/postgres/updates";
import { traceparentFor } from "@till/rpc/server";
import { isChange, type Decision } from "../rules/decision.ts";
import { appError, keyReused } from "../rules/errors.ts";
import { operationFromRow, operationRow } from "./operation-rows.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import type { AttemptLimits } from "../rules/attempt-limit.ts";
import type { RequestKey } from "@till/rpc/request-key";
import type { Payment } from "../rules/payment.ts";
import { claimOperations, claimPayments } from "./claims.ts";
import { historyRows } from "./history-rows.ts";
import {
  operationsOf,
  readByKeys,
  readOperationByKey,
  readPayment,
  readShownPayment,
  readStatusBefore,
} from "./payment-reads.ts";
import { changedPaymentRow, paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import { insertsOf } from "./insert-payments.ts";
import type { Store } from "./store.ts";
import { lockPayments, saveChanges, saveParams, selectApplied } from "./statements.ts";

/** The name under which the payment service consumes events. */
export const consumerGroup = "till-payment";

export type StoreOptions = {
  readonly db: Pick<Db, "pool">;
  readonly limits: AttemptLimits;
  readonly newId: () => string;
  /** Called after each commit that may have left something in the outbox. */
  readonly onEvents: () => void;
};

/** Opens the store. */
export function openStore({ db, limits, newId, onEvents }: StoreOptions): Store {
  const outgoing = ({ events, traceparent }: Traced) =>
    events.map((event) => toOutgoingEvent(event, newId(), traceparent));

  const findAll = inBatches({
    run: (keys: readonly RequestKey[]) => readByKeys(db.pool, keys),
    failsAll: isUnavailable,
  });

  async function findByKey(key: RequestKey): Promise<Payment | undefined> {
    const found = await findAll(key);
    if (found && found.request_hash !== key.hash) throw keyReused();
    return found && paymentFromRow(found);
  }

  const insert = insertsOf(db, limits);
  const update = groupUpdates<Payment, Traced>(db, {
    async load(tx, ids) {
      const rows = await query<PaymentRow>(tx, lockPayments, [ids]);
      // Read after the lock, in a snapshot of its own: what others have committed meanwhile counts.
      const operations = await operationsOf(tx, rows);
      return new Map(rows.map((row) => [row.id, paymentFromRow(row, operations.get(row.id))]));
    },
    async applied(tx, eventIds) {
      const rows = await query<{ event_id: string }>(tx, selectApplied, [consumerGroup, eventIds]);
      return new Set(rows.map(({ event_id }) => event_id));
    },
    async save(tx, { states, decisions, eventIds }) {
      const operations = decisions.flatMap((decision) => decision.operations);
      const params = saveParams({
        states: states.map(changedPaymentRow),
        history: decisions.flatMap(({ history }) => historyRows(history)),
        // Changed twice in one batch, an operation is written once, as it is now.
        operations: [...new Map(operations.map((one) => [one.id, operationRow(one)])).values()],
        events: decisions.flatMap(outgoing),
        consumerGroup,
        eventIds,
      });
      await query(tx, saveChanges, params);
    },
    stateAfter: ({ payment }) => payment,
    changes: isChange,
    missing: (id) => appError("PAYMENT_NOT_FOUND", `no payment ${id}`),
  });

  return {
    findByKey,
    async insert(given) {
      const problem = await insert(given);
      if (!problem) return { payment: given.decision.payment, isReplay: false };
      const payment = await findByKey(given.key);
      if (!payment) throw problem;
      return { payment, isReplay: true };
    },
    async update({ id, eventId, decide, traceparent }) {
      const traced = (current: Payment) => ({ ...decide(current), traceparent: traceparentFor(traceparent) });
      const updated = await update({ id, eventId, decide: traced }).catch((error: unknown) => {
        if (isKeyTaken(error)) throw keyReused(error);
        throw error;
      });
      onEvents();
      return updated;
    },
    find: (id) => readPayment(db.pool, id),
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

type Traced = Decision & { readonly traceparent?: string | undefined };

/** The lock of one payment does not cover another payment's use of the same key. */
function isKeyTaken(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "operation_by_key";
}
