import { groupUpdates, inBatches, isUnavailable, query, type Db } from "@till/postgres";
import { refuse } from "@till/rpc";
import type { Pool } from "pg";
import { failure } from "./errors.ts";
import { toOutgoingEvent } from "./order-event-bodies.ts";
import {
  changedOrderRow,
  historyRows,
  itemRows,
  newOrderRow,
  orderFromRow,
  type OrderRow,
} from "./order-rows.ts";
import { isChange, type Decision, type Order } from "./order.ts";
import {
  insertOrders,
  insertParams,
  lockOrders,
  saveChanges,
  saveParams,
  selectApplied,
  selectByKeys,
} from "./statements.ts";

/** The name under which the order service consumes events. */
export const consumerGroup = "till-order";

/** The one request a caller may make under a key; `hash` tells whether a repeat asks for the same. */
export type RequestKey = { readonly callerId: string; readonly key: string; readonly hash: string };

/** The only way orders are written. Concurrent writes share commits; a caller is answered after its commit. */
export type Store = {
  /** The order an earlier call placed under this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(key: RequestKey): Promise<Order | undefined>;
  /** Writes a new order unless its key has one already, and answers the order the key has now. */
  insertOnce(key: RequestKey, decision: Decision, traceparent: string): Promise<Placed>;
  /** Loads an order under lock, lets `decide` change it, and saves order, history and events together. */
  update(command: UpdateOrder): Promise<Order>;
};

export type Placed = { readonly order: Order; readonly isReplay: boolean };

export type UpdateOrder = {
  readonly id: string;
  readonly decide: (order: Order) => Decision;
  /** Set where an event makes the change: it is applied once, however often it comes. */
  readonly eventId?: string;
};

export type StoreOptions = { readonly db: Db; readonly newId: () => string; readonly onEvents: () => void };

/** Opens the store. `onEvents` is called after each commit that left something in the outbox. */
export function openStore({ db, newId, onEvents }: StoreOptions): Store {
  const outgoing = (decision: Decision, traceparent?: string) =>
    decision.events.map((event) => toOutgoingEvent(event, newId(), traceparent));

  const findAll = inBatches({
    run: (keys: readonly RequestKey[]) => selectKeys(db.pool, keys),
    failsAll: isUnavailable,
  });

  async function findByKey(key: RequestKey): Promise<Order | undefined> {
    const found = await findAll(key);
    if (found && found.request_hash !== key.hash) {
      refuse("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
    }
    return found && orderFromRow(found);
  }

  const insertAll = inBatches({
    failsAll: isUnavailable,
    async run(batch: readonly Insert[]): Promise<boolean[]> {
      // In the order of the keys, so that two batches never wait for each other in a circle.
      const sorted = batch.toSorted((a, b) => (a.key.key < b.key.key ? -1 : 1));
      const params = insertParams({
        asked: sorted.map(askedRow),
        items: batch.flatMap(({ decision }) => itemRows(decision.order)),
        history: batch.flatMap(({ decision }) => historyRows(decision.history)),
        events: batch.flatMap(({ decision, traceparent }) => outgoing(decision, traceparent)),
      });
      const rows = await query<{ order_id: string }>(db.pool, insertOrders, params);
      onEvents();
      const written = new Set(rows.map(({ order_id }) => order_id));
      return batch.map(({ decision }) => written.has(decision.order.id));
    },
  });

  const update = groupUpdates<Order, Decision>(db, {
    async load(tx, ids) {
      const rows = await query<OrderRow>(tx, lockOrders, [ids]);
      return new Map(rows.map((row) => [row.id, orderFromRow(row)]));
    },
    async applied(tx, eventIds) {
      const rows = await query<{ event_id: string }>(tx, selectApplied, [consumerGroup, eventIds]);
      return new Set(rows.map(({ event_id }) => event_id));
    },
    async save(tx, { states, decisions, eventIds }) {
      const params = saveParams({
        states: states.map(changedOrderRow),
        history: decisions.flatMap(({ history }) => historyRows(history)),
        events: decisions.flatMap((decision) => outgoing(decision)),
        consumerGroup,
        eventIds,
      });
      await query(tx, saveChanges, params);
    },
    stateAfter: ({ order }) => order,
    changes: isChange,
    missing: (id) => failure("ORDER_NOT_FOUND", `no order ${id}`),
  });

  return {
    findByKey,
    async insertOnce(key, decision, traceparent) {
      const isWritten = await insertAll({ key, decision, traceparent });
      if (isWritten) return { order: decision.order, isReplay: false };
      const order = await findByKey(key);
      if (!order) throw new Error("the order was not written, yet its key is free");
      return { order, isReplay: true };
    },
    async update(command) {
      const order = await update(command);
      onEvents();
      return order;
    },
  };
}

type Insert = { readonly key: RequestKey; readonly decision: Decision; readonly traceparent: string };

function askedRow({ key: { callerId, key, hash }, decision }: Insert) {
  return { caller_id: callerId, key, request_hash: hash, ...newOrderRow(decision.order) };
}

type KeyedRow = OrderRow & {
  readonly caller_id: string;
  readonly key: string;
  readonly request_hash: string;
};

async function selectKeys(pool: Pool, keys: readonly RequestKey[]): Promise<(KeyedRow | undefined)[]> {
  const rows = await query<KeyedRow>(pool, selectByKeys, [
    keys.map(({ callerId }) => callerId),
    keys.map(({ key }) => key),
  ]);
  const found = new Map(rows.map((row) => [`${row.caller_id} ${row.key}`, row]));
  return keys.map(({ callerId, key }) => found.get(`${callerId} ${key}`));
}
