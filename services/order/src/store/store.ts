import type { RequestKey } from "@till/rpc/request-key";
import { isUnavailable, query, type Db } from "@till/postgres/statements";
import { groupUpdates, inBatches, type Key, type Updated } from "@till/postgres/updates";
import { traceparentFor } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";
import { changeSeats } from "./seats.ts";
import { isChange, type Decision } from "../rules/decision.ts";
import { deriveSeatChanges } from "../rules/derive-bookings.ts";
import { toOutgoingEvent } from "./outgoing-events.ts";
import type { Order } from "../rules/order.ts";
import { isRefundDue } from "../rules/refund.ts";
import { deriveStockDue } from "../rules/stock.ts";
import { changedItemRows, changedOrderRow, changedRefundRows, historyRows } from "./order-columns.ts";
import { orderFromRow, type OrderRow } from "./order-rows.ts";
import { placeOrders, type NewOrder, type Traced } from "./place-orders.ts";
import { fromKeyId, isKeyTaken, keyReused, namedKey, ordersByKeys, usedKeys } from "./request-keys.ts";
import { saveChanges, saveParams } from "./save-changes.ts";
import { lockOrders, selectApplied, selectOrders } from "./statements.ts";
import type { AskedBy } from "../telemetry.ts";

/** The name under which the order service consumes events. */
export const consumerGroup = "till-order";

/** The only way orders are written. Concurrent writes share commits; a caller is answered after its commit. */
export type Store = {
  /** The order an earlier call placed or changed under this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(key: RequestKey): Promise<Order | undefined>;
  /**
   * Writes a new order unless its key has one already, and answers the order the key has now. Throws SESSION_FULL,
   * ALREADY_PURCHASED, ORDER_IN_PROGRESS or RATE_LIMITED.
   */
  insertOnce(order: NewOrder): Promise<Placed>;
  /** Loads an order under lock, lets `decide` change it, and saves order, history and events together. */
  update(command: UpdateOrder): Promise<Updated<Order, Decision>>;
};

export type Placed = { readonly order: Order; readonly isReplay: boolean };

/** Where a caller names its request by a key, a repeat is answered without asking `decide`. */
export type UpdateOrder = AskedBy & {
  readonly id: string;
  readonly decide: (order: Order) => Decision;
  /** Set where an event makes the change: it is applied once, however often it comes. */
  readonly eventId?: string;
  readonly traceparent?: string | undefined;
};

export type StoreOptions = {
  readonly db: Db;
  readonly newId: () => string;
  readonly maxUnpaidOrders: number;
  /** Called after each commit that may have left something in the outbox. */
  readonly onEvents: () => void;
  /** Called after each commit that left something for the sweepers to do. */
  readonly onDue: () => void;
  /** Called with each change to an order after its commit. */
  readonly onChanged: (decision: Decision, by: AskedBy) => void;
};

/** Opens the store. */
export function openStore({ db, newId, maxUnpaidOrders, onEvents, onDue, onChanged }: StoreOptions): Store {
  const outgoing = ({ decision, traceparent }: Traced) =>
    decision.events.map((event) => toOutgoingEvent(event, newId(), traceparent));

  const findAll = inBatches({
    run: (keys: readonly RequestKey[]) => ordersByKeys(db.pool, keys),
    failsAll: isUnavailable,
  });

  async function findByKey(key: RequestKey): Promise<Order | undefined> {
    const found = await findAll(key);
    if (found && found.request_hash !== key.hash) throw keyReused();
    return found && orderFromRow(found);
  }

  const place = placeOrders({ db, outgoing, maxUnpaidOrders });

  const update = groupUpdates<Order, Traced>(db, {
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
    async save(tx, { states, before, decisions, eventIds, keys }) {
      await changeSeats(
        tx,
        states.map((state) => deriveSeatChanges(before.get(state), state)),
      );
      const params = saveParams({
        states: states.map(changedOrderRow),
        lines: states.flatMap((state) => changedItemRows(before.get(state)!, state)),
        refunds: changedRefundRows(
          [...before.values()],
          decisions.map(({ decision }) => decision.order),
        ),
        history: decisions.flatMap(({ decision }) => historyRows(decision.history)),
        // In their own order, so that two batches never wait for each other in a circle.
        keys: keys.toSorted(byId).map(({ key: { id, hash }, state }) => {
          const { callerId, key } = fromKeyId(id);
          const { id: order_id, userId: user_id, updatedAt: created_at } = state;
          return { caller_id: callerId, key, request_hash: hash, user_id, order_id, created_at };
        }),
        events: decisions.flatMap(outgoing),
        consumerGroup,
        eventIds,
      });
      await query(tx, saveChanges, params);
    },
    stateAfter: ({ decision }) => decision.order,
    changes: ({ decision }) => isChange(decision),
    missing: (id) => appError("ORDER_NOT_FOUND", `no order ${id}`),
    reused: keyReused,
  });

  return {
    findByKey,
    async insertOnce(order) {
      // What stood in the way may be gone when it is looked for.
      for (let attempt = 0; attempt < 3; attempt++) {
        const { isWritten, refuse: why } = await place(order);
        onEvents();
        if (isWritten) return { order: order.decision.order, isReplay: false };
        const earlier = await findByKey(order.key);
        if (earlier) return { order: earlier, isReplay: true };
        await why();
      }
      throw appError("REQUEST_IN_PROGRESS", "another order of this user is in the way, try again", {
        retryAfterMs: 200,
      });
    },
    async update({ id, decide, eventId, key, traceparent, call }) {
      const command = {
        id,
        eventId,
        key: key && namedKey(key),
        decide: (current: Order) => ({ decision: decide(current), traceparent: traceparentFor(traceparent) }),
      };
      const updated = await update(command).catch((error: unknown) => {
        if (!isKeyTaken(error)) throw error;
        // At the same moment the key was used for another order: now it is found.
        return update(command);
      });
      onEvents();
      // Where nothing changed nothing has become due: what waits for its time must not keep the sweepers awake.
      const { kind, state } = updated;
      if (kind === "replayed") return updated;
      const { decision } = updated.decision;
      if (kind === "changed") {
        onChanged(decision, { key, call });
        if (deriveStockDue(state) ?? isRefundDue(state)) onDue();
      }
      return { kind, state, decision };
    },
  };
}

const byId = (a: { readonly key: Key }, b: { readonly key: Key }) => (a.key.id < b.key.id ? -1 : 1);
