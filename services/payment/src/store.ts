import { groupUpdates, inBatches, isUnavailable, query, type Db } from "@till/postgres";
import { refuse } from "@till/rpc";
import type { Pool } from "pg";
import { fail, failure } from "./errors.ts";
import { toOutgoingEvent } from "./payment-event-bodies.ts";
import {
  changedPaymentRow,
  historyRows,
  newPaymentRow,
  paymentFromRow,
  type PaymentRow,
} from "./payment-rows.ts";
import { isChange, type Decision, type Payment, type RequestKey } from "./payment.ts";
import {
  claimOpen,
  insertPayments,
  lockPayments,
  saveChanges,
  selectByKeys,
  insertParams,
  saveParams,
} from "./statements.ts";

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
  /** Open payments that nobody is at work on, each given to one asker and not again before `checkAgainAt`. */
  claimOpen(claim: Claim): Promise<Payment[]>;
};

export type Placed = { readonly payment: Payment; readonly isReplay: boolean };

export type UpdatePayment = {
  readonly id: string;
  readonly decide: (payment: Payment) => Decision;
  readonly traceparent?: string | undefined;
};

export type Claim = {
  readonly now: Date;
  readonly createdBefore: Date;
  readonly checkAgainAt: Date;
  readonly limit: number;
};

export type StoreOptions = { readonly db: Db; readonly newId: () => string; readonly onEvents: () => void };

/** Opens the store. `onEvents` is called after each commit that may have left something in the outbox. */
export function openStore({ db, newId, onEvents }: StoreOptions): Store {
  const outgoing = ({ events, traceparent }: Traced) =>
    events.map((event) => toOutgoingEvent(event, newId(), traceparent));

  const findAll = inBatches({
    run: (keys: readonly RequestKey[]) => selectKeys(db.pool, keys),
    failsAll: isUnavailable,
  });

  async function findByKey(key: RequestKey): Promise<Payment | undefined> {
    const found = await findAll(key);
    if (found && found.request_hash !== key.hash) {
      refuse("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
    }
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
      return new Map(rows.map((row) => [row.id, paymentFromRow(row)]));
    },
    // No event makes a change here.
    applied: () => Promise.resolve(new Set()),
    async save(tx, { states, decisions }) {
      const params = saveParams({
        states: states.map(changedPaymentRow),
        history: decisions.flatMap(({ history }) => historyRows(history)),
        events: decisions.flatMap(outgoing),
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
    async update({ id, decide, traceparent }) {
      const payment = await update({ id, decide: (current) => ({ ...decide(current), traceparent }) });
      onEvents();
      return payment;
    },
    async claimOpen({ now, createdBefore, checkAgainAt, limit }) {
      const rows = await query<PaymentRow>(db.pool, claimOpen, [now, createdBefore, checkAgainAt, limit]);
      return rows.map(paymentFromRow);
    },
  };
}

type Traced = Decision & { readonly traceparent?: string | undefined };

async function selectKeys(pool: Pool, keys: readonly RequestKey[]): Promise<(PaymentRow | undefined)[]> {
  const rows = await query<PaymentRow>(pool, selectByKeys, [
    keys.map(({ callerId }) => callerId),
    keys.map(({ key }) => key),
  ]);
  const found = new Map(rows.map((row) => [`${row.caller_id} ${row.idempotency_key}`, row]));
  return keys.map(({ callerId, key }) => found.get(`${callerId} ${key}`));
}
