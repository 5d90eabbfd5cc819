import { query, retryConflicts, type Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { groupUpdates, inBatches, type Change } from "@till/postgres/updates";
import type { RequestKey } from "@till/rpc/request-key";
import { traceparentFor } from "@till/rpc/server";
import { isChange, type Decision } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import { isRefundDue } from "../rules/refund.ts";
import { deriveStockDue } from "../rules/stock.ts";
import { newOrderWriter } from "./new-orders.ts";
import {
  changedItemRows,
  changedOrderRow,
  changedRefundRows,
  historyRows,
  seatRows,
} from "./order-columns.ts";
import { findOrders } from "./order-reads.ts";
import { orderFromRow } from "./order-rows.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import { readToUpdate } from "./read-to-update.ts";
import { fromKeyId, keyReused, namedKey, ordersByKeys } from "./request-keys.ts";
import { saveChanges } from "./save-changes.ts";
import type { ChangeRequest, NewOrder, Store, Traced, UpdateOrder } from "./store.ts";
import { appError } from "../rules/errors.ts";

/** The consumer group of the order service. */
export const consumerGroup = "till-order";

type StoreOptions = {
  readonly db: Db;
  readonly newId: () => string;
  readonly maxUnpaidOrders: number;
  /** Called after each commit that may have written to the outbox. */
  readonly onEvents: () => void;
  /** Called after each commit that made work due for a recovery worker. */
  readonly onDue: () => void;
  /** Called with each change of an order after its commit. */
  readonly onChanged: (decision: Decision, by: ChangeRequest) => void;
};

type Outgoing = (traced: Traced) => ReturnType<typeof toOutgoingEvent>[];

/** Opens the store. */
export function openStore(options: StoreOptions): Store {
  const { db, newId } = options;
  const outgoing: Outgoing = ({ decision, traceparent }) =>
    decision.events.map((event) => toOutgoingEvent(event, newId(), traceparent));
  const findByKey = keyReader(db);
  return {
    find: finder(db),
    findByKey,
    insert: inserter(options, outgoing, findByKey),
    update: updater(options, outgoing),
  };
}

/** How many orders a statement reads at most: a hundred lines each are some megabytes. */
const readAtOnce = 64;

function finder(db: Db): Store["find"] {
  return inBatches({
    async run(ids: readonly string[]) {
      const found = new Map((await findOrders(db, ids)).map((order) => [order.id, order]));
      return ids.map((id) => found.get(id.toLowerCase()));
    },
    maxBatch: readAtOnce,
    failsAll: isUnavailable,
  });
}

function keyReader(db: Db): Store["findByKey"] {
  const findAll = inBatches({
    run: (keys: readonly RequestKey[]) => ordersByKeys(db.pool, keys),
    failsAll: isUnavailable,
  });
  return async (key) => {
    const found = await findAll(key);
    if (found && found.request_hash !== key.hash) throw keyReused();
    return found && orderFromRow(found);
  };
}

function inserter(
  { db, maxUnpaidOrders, onEvents, onDue }: StoreOptions,
  outgoing: Outgoing,
  findByKey: Store["findByKey"],
): Store["insert"] {
  const write = newOrderWriter({ db, outgoing, maxUnpaidOrders });
  return async (order: NewOrder) => {
    // The row that blocked the insert may be deleted before it is read: the insert is repeated then.
    for (let attempt = 0; attempt < 3; attempt++) {
      const { isWritten, why } = await write(order);
      onEvents();
      if (isWritten) {
        if (deriveStockDue(order.decision.order)) onDue();
        return { order: order.decision.order, isReplay: false };
      }
      const earlier = await findByKey(order.key);
      if (earlier) return { order: earlier, isReplay: true };
      const problem = await why();
      if (problem) throw problem;
    }
    throw appError("REQUEST_IN_PROGRESS", "a concurrent order of this user blocks this one, try again", {
      retryAfterMs: 200,
    });
  };
}

function updater({ db, onEvents, onDue, onChanged }: StoreOptions, outgoing: Outgoing): Store["update"] {
  const update = orderUpdates(db, outgoing);
  return async ({ id, decide, eventId, key, traceparent, call }: UpdateOrder) => {
    const updated = await update({
      id,
      eventId,
      key: key && namedKey(key),
      decide: (current) => ({ decision: decide(current), traceparent: traceparentFor(traceparent) }),
    });
    onEvents();
    const { kind, state } = updated;
    if (kind === "replayed") return updated;
    const { decision } = updated.decision;
    if (kind === "changed") {
      onChanged(decision, { key, call });
      if (deriveStockDue(state) ?? isRefundDue(state)) onDue();
    }
    return { kind, state, decision };
  };
}

function orderUpdates(db: Db, outgoing: Outgoing) {
  return groupUpdates<Order, Traced>({
    read: (commands) => readToUpdate(db, commands, consumerGroup),
    async save(changes, lockTimeoutMs = 0) {
      const { statement, params } = saving(changes, outgoing, lockTimeoutMs);
      const rows = await retryConflicts(() => query<{ id: string }>(db.pool, statement, params));
      return new Set(rows.map(({ id }) => id));
    },
    isChange: ({ decision }) => isChange(decision),
    stateAfter: ({ decision }) => decision.order,
    missing: (id) => appError("ORDER_NOT_FOUND", `no order ${id}`),
    reused: keyReused,
    contended: (id) =>
      appError("REQUEST_IN_PROGRESS", `order ${id} is changed by other requests, try again`, {
        retryAfterMs: 200,
      }),
  });
}

function saving(
  changes: readonly Change<Order, Traced>[],
  outgoing: Outgoing,
  lockTimeoutMs: number,
): ReturnType<typeof saveChanges> {
  const changed = changes.map(({ before, decision: { decision } }) => ({ before, after: decision.order }));
  return saveChanges({
    states: changes.map(changedRow),
    lines: changed.flatMap(({ before, after }) => changedItemRows(before, after)),
    refunds: changed.flatMap(({ before, after }) => changedRefundRows(before, after)),
    history: changes.flatMap(({ decision: { decision } }) => historyRows(decision.history)),
    events: changes.flatMap(({ decision }) => outgoing(decision)),
    seats: changed.flatMap(({ before, after }) => seatRows(before, after)),
    consumerGroup,
    lockTimeoutMs,
  });
}

function changedRow({ before, decision: { decision }, eventId, key }: Change<Order, Traced>) {
  const { callerId, key: requestKey } = key ? fromKeyId(key.id) : {};
  return {
    ...changedOrderRow(decision.order),
    decided_on: before.version,
    event_id: eventId,
    caller_id: callerId,
    key: requestKey,
    request_hash: key?.hash,
  };
}
