import { groupUpdates, inBatches, isUnavailable, query, type Db } from "@till/postgres";
import { refuse } from "@till/rpc";
import { claimOperations, claimPayments, type Claim, type ClaimedOperation } from "./claims.ts";
import { isChange } from "./decision.ts";
import { fail, failure } from "./errors.ts";
import { historyRows } from "./history-rows.ts";
import { insertParams, insertPayments } from "./insert-payments.ts";
import { operationFromRow, operationRow } from "./operations/operation-rows.ts";
import { toOutgoingEvent } from "./payment-event-bodies.ts";
import { operationsOf, readByKeys, readOperationByKey, readPayment } from "./payment-reads.ts";
import { changedPaymentRow, newPaymentRow, paymentFromRow, type PaymentRow } from "./payment-rows.ts";
import type { Decision, Operation, Payment, RequestKey } from "./payment.ts";
import { lockPayments, saveChanges, saveParams, selectApplied } from "./statements.ts";

/** The name under which the payment service consumes events. */
export const consumerGroup = "till-payment";

/** The only way payments are written. Concurrent writes share commits; a caller is answered after its commit. */
export type Store = {
  /** The payment an earlier call made under this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(key: RequestKey): Promise<Payment | undefined>;
  /**
   * Writes a new payment unless its key has one already, and answers the payment the key has now.
   * Throws PAYMENT_IN_PROGRESS where another payment for the order is under way.
   */
  insertOnce(key: RequestKey, decision: Decision): Promise<Placed>;
  /** Loads a payment under lock, lets `decide` change it, and saves payment, history and events together. */
  update(command: UpdatePayment): Promise<Payment>;
  /** A payment with its operations, or undefined. */
  find(id: string): Promise<Payment | undefined>;
  /** The operation an earlier call began under this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findOperation(key: RequestKey): Promise<Operation | undefined>;
  /** Payments without an outcome that nobody is at work on, each given to one asker at a time. */
  claimOpen(claim: Claim): Promise<Payment[]>;
  /** The same for operations. */
  claimOperations(claim: Claim): Promise<ClaimedOperation[]>;
};

export type Placed = { readonly payment: Payment; readonly isReplay: boolean };

export type UpdatePayment = {
  readonly id: string;
  readonly decide: (payment: Payment) => Decision;
  readonly traceparent?: string | undefined;
  /** Set where an event makes the change: it is applied once, however often it comes. */
  readonly eventId?: string | undefined;
};

export type StoreOptions = { readonly db: Db; readonly newId: () => string; readonly onEvents: () => void };

/** Opens the store. `onEvents` is called after each commit that may have left something in the outbox. */
export function openStore({ db, newId, onEvents }: StoreOptions): Store {
  const outgoing = ({ events, traceparent }: Traced) =>
    events.map((event) => toOutgoingEvent(event, newId(), traceparent));

  const findAll = inBatches({
    run: (keys: readonly RequestKey[]) => readByKeys(db.pool, keys),
    failsAll: isUnavailable,
  });

  async function findByKey(key: RequestKey): Promise<Payment | undefined> {
    const found = await findAll(key);
    if (found && found.request_hash !== key.hash) refuseReuse();
    return found && paymentFromRow(found);
  }

  const insertAll = inBatches({
    failsAll: isUnavailable,
    async run(batch: readonly Decision[]): Promise<boolean[]> {
      // In the order of the orders, so that two batches never wait for each other in a circle.
      const sorted = batch.toSorted((a, b) => (a.payment.orderId < b.payment.orderId ? -1 : 1));
      const rows = await query<{ id: string }>(
        db.pool,
        insertPayments,
        insertParams({
          payments: sorted.map(({ payment }) => newPaymentRow(payment)),
          history: batch.flatMap(({ history }) => historyRows(history)),
        }),
      );
      const written = new Set(rows.map(({ id }) => id));
      return batch.map(({ payment }) => written.has(payment.id));
    },
  });

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
    missing: (id) => failure("PAYMENT_NOT_FOUND", `no payment ${id}`),
  });

  return {
    findByKey,
    async insertOnce(key, decision) {
      const isWritten = await insertAll(decision);
      if (isWritten) return { payment: decision.payment, isReplay: false };
      const payment = await findByKey(key);
      if (payment) return { payment, isReplay: true };
      const { orderId: order_id } = decision.payment;
      fail("PAYMENT_IN_PROGRESS", "another payment for this order is under way", { order_id });
    },
    async update({ id, eventId, decide, traceparent }) {
      const traced = (current: Payment) => ({ ...decide(current), traceparent });
      const payment = await update({ id, eventId, decide: traced }).catch((error: unknown) => {
        if (isKeyTaken(error)) refuseReuse(error);
        throw error;
      });
      onEvents();
      return payment;
    },
    find: (id) => readPayment(db.pool, id),
    async findOperation(key) {
      const row = await readOperationByKey(db.pool, key);
      if (row && row.request_hash !== key.hash) refuseReuse();
      return row && operationFromRow(row);
    },
    claimOpen: (claim) => claimPayments(db.pool, claim),
    claimOperations: (claim) => claimOperations(db.pool, claim),
  };
}

type Traced = Decision & { readonly traceparent?: string | undefined };

function refuseReuse(cause?: unknown): never {
  refuse("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request", { cause });
}

/** Under the lock of one payment, nobody sees the same key being used for another one. */
function isKeyTaken(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "operation_by_key";
}
