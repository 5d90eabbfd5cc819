import { query, type Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { groupUpdates, inBatches, type Changes } from "@till/postgres/updates";
import type { RequestKey } from "@till/rpc/request-key";
import { traceparentFor } from "@till/rpc/server";
import { isChange, type Decision } from "../rules/decision.ts";
import { deriveSeatChanges } from "../rules/derive-bookings.ts";
import type { Order } from "../rules/order.ts";
import { isRefundDue } from "../rules/refund.ts";
import { deriveStockDue } from "../rules/stock.ts";
import { newOrderWriter } from "./new-orders.ts";
import { changedItemRows, changedOrderRow, changedRefundRows, historyRows } from "./order-columns.ts";
import { orderFromRow, type OrderRow } from "./order-rows.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import { isKeyTaken, keyReused, keyRow, namedKey, ordersByKeys, usedKeys } from "./request-keys.ts";
import { saveChanges, saveParams } from "./save-changes.ts";
import { changeSeats } from "./seats.ts";
import { lockOrders, selectApplied, selectOrders } from "./statements.ts";
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
    findByKey,
    insert: inserter(options, outgoing, findByKey),
    update: updater(options, outgoing),
  };
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
    const command = {
      id,
      eventId,
      key: key && namedKey(key),
      decide: (current: Order) => ({ decision: decide(current), traceparent: traceparentFor(traceparent) }),
    };
    const updated = await update(command).catch((error: unknown) => {
      if (!isKeyTaken(error)) throw error;
      // A concurrent request has used the key for another order: now it is found.
      return update(command);
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
  return groupUpdates<Order, Traced>(db, {
    async load(tx, ids) {
      await query(tx, lockOrders, [ids]);
      const rows = await query<OrderRow>(tx, selectOrders, [ids]);
      return new Map(rows.map((row) => [row.id, orderFromRow(row)]));
    },
    async applied(tx, eventIds) {
      const rows = await query<{ event_id: string }>(tx, selectApplied, [consumerGroup, eventIds]);
      return new Set(rows.map(({ event_id }) => event_id));
    },
    used: usedKeys,
    async save(tx, changes) {
      const { states, before } = changes;
      await changeSeats(
        tx,
        states.map((state) => deriveSeatChanges(before.get(state), state)),
      );
      await query(tx, saveChanges, paramsOf(changes, outgoing));
    },
    stateAfter: ({ decision }) => decision.order,
    changes: ({ decision }) => isChange(decision),
    missing: (id) => appError("ORDER_NOT_FOUND", `no order ${id}`),
    reused: keyReused,
  });
}

function paramsOf(
  { states, before, decisions, keys, eventIds }: Changes<Order, Traced>,
  outgoing: Outgoing,
): ReturnType<typeof saveParams> {
  return saveParams({
    states: states.map(changedOrderRow),
    lines: states.flatMap((state) => changedItemRows(before.get(state)!, state)),
    refunds: changedRefundRows(
      [...before.values()],
      decisions.map(({ decision }) => decision.order),
    ),
    history: decisions.flatMap(({ decision }) => historyRows(decision.history)),
    // In the order of the keys, so that two batches never deadlock.
    keys: keys.toSorted((a, b) => (a.key.id < b.key.id ? -1 : 1)).map(keyRow),
    events: decisions.flatMap(outgoing),
    consumerGroup,
    eventIds,
  });
}
