import type { OutgoingEvent } from "@till/events/outbox";
import { query, retryConflicts, transact, type Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { inBatches } from "@till/postgres/updates";
import type { Pool, PoolClient } from "pg";
import { deriveSeatChanges } from "../rules/derive-bookings.ts";
import { hasGoods } from "../rules/order.ts";
import { sessionFull } from "../rules/session-full.ts";
import { insertOrders, insertParams } from "./insert-orders.ts";
import { historyRows, itemRows, newOrderRow } from "./order-columns.ts";
import { isBoughtAgain } from "./order-reads.ts";
import { useReservations } from "./reservation-records.ts";
import { changeSeats, freeSeats } from "./seats.ts";
import type { NewOrder, Traced } from "./store.ts";
import { whyBlocked } from "./why-blocked.ts";

/** Whether an order was written; if not, and its key is free, `why` reads the reason, which may be gone by then. */
type WriteResult = { readonly isWritten: boolean; readonly why: () => Promise<Error | undefined> };

type WriterOptions = {
  readonly db: Db;
  readonly outgoing: (order: Traced) => OutgoingEvent[];
  readonly maxUnpaidOrders: number;
};

/**
 * Writes new orders in batches. Orders with seats or products have batches of their own, which lock more than the rows of
 * their orders.
 */
export function newOrderWriter({ db, outgoing, maxUnpaidOrders }: WriterOptions) {
  const insert = batchInsert(outgoing, maxUnpaidOrders);
  const plain = inBatches<NewOrder, Outcome>({
    failsAll: isUnavailable,
    // What an order waits for is its user, or a key of its caller that another request is using.
    locks: ({ decision }) => decision.order.userId,
    async run(orders, lockTimeoutMs) {
      const written = await retryConflicts(() => insert(db.pool, orders, lockTimeoutMs));
      return orders.map(({ decision }) => written.has(decision.order.id));
    },
  });
  const reserving = inBatches<NewOrder, Outcome>({
    failsAll: isUnavailable,
    // What an order waits for is a session's seats, which other orders may wait for too.
    locks: ({ capacities, decision }) => [...(capacities?.keys() ?? [])][0] ?? decision.order.id,
    run: (orders, lockTimeoutMs) =>
      transact(db, (tx) => insertReserving(tx, orders, { insert, lockTimeoutMs }), { lockTimeoutMs }),
  });

  return async (order: NewOrder): Promise<WriteResult> => {
    const needsReservation = order.decision.order.items.some(({ kind }) => kind !== "DIGITAL_COURSE");
    const why = () => whyBlocked(db.pool, order.decision.order, maxUnpaidOrders);
    try {
      const outcome = await (needsReservation ? reserving : plain)(order);
      if (outcome instanceof Error) return { isWritten: false, why: () => Promise.resolve(outcome) };
      return { isWritten: outcome, why };
    } catch (error) {
      // Of two concurrent orders for one course the index allows one.
      if (isBoughtAgain(error)) return { isWritten: false, why };
      throw error;
    }
  };
}

/** Whether an order was written, or the error that keeps it from being written. */
type Outcome = boolean | Error;

type Insert = (
  on: Pool | PoolClient,
  orders: readonly NewOrder[],
  lockTimeoutMs?: number,
) => Promise<ReadonlySet<string>>;

/** Writes a batch in one statement; returns the ids of the orders that were written. */
function batchInsert(outgoing: WriterOptions["outgoing"], maxUnpaidOrders: number): Insert {
  return async (on, orders, lockTimeoutMs = 0) => {
    // In the order of the keys, so that two batches never deadlock.
    const sorted = orders.toSorted((a, b) => (a.key.key < b.key.key ? -1 : 1));
    const params = insertParams({
      requested: sorted.map(requestRow),
      items: orders.flatMap(({ decision }) => itemRows(decision.order)),
      history: orders.flatMap(({ decision }) => historyRows(decision.history)),
      events: orders.flatMap(outgoing),
      maxUnpaid: maxUnpaidOrders,
      lockTimeoutMs,
    });
    const rows = await query<{ order_id: string }>(on, insertOrders, params);
    return new Set(rows.map(({ order_id }) => order_id));
  };
}

/** Writes a batch of orders with seats or products, as far as there are seats for them. */
async function insertReserving(
  tx: PoolClient,
  orders: readonly NewOrder[],
  { insert, lockTimeoutMs }: { readonly insert: Insert; readonly lockTimeoutMs?: number | undefined },
): Promise<Outcome[]> {
  const capacities = new Map(orders.flatMap((order) => [...(order.capacities ?? [])]));
  const free = await freeSeats(tx, capacities);
  const outcomes = orders.map((order) => takeSeats(free, order));
  const ids = await insert(
    tx,
    orders.filter((_, index) => outcomes[index] === true),
    lockTimeoutMs,
  );
  const written = orders.filter(({ decision }) => ids.has(decision.order.id));
  // Seats counted for an order that was not written may be the ones that another lacks: each order gets its own try.
  const isShort = outcomes.some((outcome) => outcome instanceof Error);
  const unwritten = outcomes.filter((outcome) => outcome === true).length - written.length;
  if (isShort && unwritten > 0) throw new Error("a batch for too few seats is tried one by one");
  await changeSeats(
    tx,
    written.map(({ decision }) => deriveSeatChanges(undefined, decision.order)),
  );
  await useReservations(
    tx,
    written.flatMap(({ decision: { order } }) => (hasGoods(order) ? order.id : [])),
  );
  return orders.map(({ decision }, index) => {
    const outcome = outcomes[index]!;
    return outcome instanceof Error ? outcome : ids.has(decision.order.id);
  });
}

/** Takes an order's seats out of the free ones; returns SESSION_FULL where there are too few. */
function takeSeats(free: Map<string, number>, { decision }: NewOrder): Outcome {
  const wanted = [...deriveSeatChanges(undefined, decision.order)];
  const left = (session: string) => free.get(session) ?? 0;
  const [short, ...others] = wanted
    .filter(([session, seats]) => seats > left(session))
    .map(([id, seats]) => ({ id, wanted: seats, available: left(id) }));
  if (short) return sessionFull([short, ...others]);
  for (const [session, seats] of wanted) free.set(session, left(session) - seats);
  return true;
}

function requestRow({ key: { callerId, key, hash }, decision }: NewOrder) {
  return { caller_id: callerId, key, request_hash: hash, ...newOrderRow(decision.order) };
}
