import type { RequestKey } from "@till/rpc/request-key";
import { isUnavailable, query, type Db } from "@till/postgres/statements";
import { groupUpdates, inBatches, type Updated } from "@till/postgres/updates";
import { traceparentFor } from "@till/rpc/server";
import { isChange, type Decision } from "../rules/decision.ts";
import { appError } from "../rules/errors.ts";
import { operationFromRow, operationRow } from "./operation-rows.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import type { Operation, Payment, PaymentStatus } from "../rules/payment.ts";
import { claimOperations, claimPayments, type Claim, type ClaimedOperation } from "./claims.ts";
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
import { lockPayments, saveChanges, saveParams, selectApplied } from "./statements.ts";

/** The name under which the payment service consumes events. */
export const consumerGroup = "till-payment";

/**
 * The only way payments are read and changed; `placePayments` writes them first. Concurrent writes share commits; a
 * caller is answered after its commit.
 */
export type Store = {
  /** The payment an earlier call made under this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(key: RequestKey): Promise<Payment | undefined>;
  /** Loads a payment under lock, lets `decide` change it, and saves payment, history and events together. */
  update(command: UpdatePayment): Promise<Updated<Payment, Decision>>;
  /** A payment with its operations, or undefined. */
  find(id: string): Promise<Payment | undefined>;
  /** The same as others may see it: undefined where the order turned it away before anything was tried. */
  findShown(id: string): Promise<Payment | undefined>;
  /** How the payment of the same order before this one stands, if there was one. */
  statusBefore(payment: Payment): Promise<PaymentStatus | undefined>;
  /** The operation an earlier call began under this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findOperation(key: RequestKey): Promise<Operation | undefined>;
  /** Payments without an outcome that nobody is at work on, each given to one asker at a time. */
  claimOpen(claim: Claim): Promise<Payment[]>;
  /** The same for operations. */
  claimOperations(claim: Claim): Promise<ClaimedOperation[]>;
};

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
    async update({ id, eventId, decide, traceparent }) {
      const traced = (current: Payment) => ({ ...decide(current), traceparent: traceparentFor(traceparent) });
      const updated = await update({ id, eventId, decide: traced }).catch((error: unknown) => {
        if (isKeyTaken(error)) refuseReuse(error);
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
      if (row && row.request_hash !== key.hash) refuseReuse();
      return row && operationFromRow(row);
    },
    claimOpen: (claim) => claimPayments(db.pool, claim),
    claimOperations: (claim) => claimOperations(db.pool, claim),
  };
}

type Traced = Decision & { readonly traceparent?: string | undefined };

function refuseReuse(cause?: unknown): never {
  throw appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request", { cause });
}

/** Under the lock of one payment, nobody sees the same key being used for another one. */
function isKeyTaken(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "operation_by_key";
}
