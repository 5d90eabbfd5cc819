import type { RequestKey } from "@till/rpc/request-key";
import type { OutgoingEvent } from "@till/events/outbox";
import { isUnavailable, prepared, query, transact, type Db } from "@till/postgres/statements";
import { inBatches } from "@till/postgres/updates";
import { DatabaseError, type Pool, type PoolClient } from "pg";
import { appError } from "../rules/errors.ts";
import { changeSeats, freeSeats } from "./seats.ts";
import { sessionFull } from "../rules/session-full.ts";
import { deriveSeatChanges } from "../rules/derive-bookings.ts";
import type { Decision } from "../rules/decision.ts";
import { hasGoods } from "../rules/order.ts";
import { insertOrders, insertParams } from "./insert-orders.ts";
import { historyRows, itemRows, newOrderRow } from "./order-columns.ts";
import { refuseBlocked } from "./refuse-blocked.ts";

/** A decision, and the trace that its events carry on. */
export type Traced = { readonly decision: Decision; readonly traceparent?: string | undefined };

/** An order that is to be written. `capacities`: of the sessions it books. */
export type NewOrder = Traced & {
  readonly key: RequestKey;
  readonly traceparent: string;
  readonly capacities?: ReadonlyMap<string, number>;
};

/** Whether the order was written; if it was not, and its key is free, `refuse` throws why. */
export type Placement = { readonly isWritten: boolean; readonly refuse: () => Promise<void> };

export type PlaceOptions = {
  readonly db: Db;
  readonly outgoing: (order: Traced) => OutgoingEvent[];
  readonly maxUnpaidOrders: number;
};

/** Writes new orders in batches. Those that need seats or goods go by themselves, as they lock more than their own rows. */
export function placeOrders({ db, outgoing, maxUnpaidOrders }: PlaceOptions) {
  async function insert(on: Pool | PoolClient, orders: readonly NewOrder[]): Promise<ReadonlySet<string>> {
    // In the order of the keys, so that two batches never wait for each other in a circle.
    const sorted = orders.toSorted((a, b) => (a.key.key < b.key.key ? -1 : 1));
    const params = insertParams({
      asked: sorted.map(askedRow),
      items: orders.flatMap(({ decision }) => itemRows(decision.order)),
      history: orders.flatMap(({ decision }) => historyRows(decision.history)),
      events: orders.flatMap(outgoing),
      maxUnpaid: maxUnpaidOrders,
    });
    const rows = await query<{ order_id: string }>(on, insertOrders, params);
    return new Set(rows.map(({ order_id }) => order_id));
  }

  const plain = inBatches({
    failsAll: isUnavailable,
    async run(orders: readonly NewOrder[]): Promise<Outcome[]> {
      const written = await insert(db.pool, orders);
      return orders.map(({ decision }) => written.has(decision.order.id));
    },
  });

  const withHolds = inBatches({
    failsAll: isUnavailable,
    run: (orders: readonly NewOrder[]): Promise<Outcome[]> =>
      transact(db, async (tx) => {
        const free = await freeSeats(
          tx,
          new Map(orders.flatMap(({ capacities }) => [...(capacities ?? [])])),
        );
        const outcomes = orders.map((order) => takeSeats(free, order));
        const written = await insert(
          tx,
          orders.filter((_, index) => outcomes[index] === true),
        );
        const placed = orders.filter(({ decision }) => written.has(decision.order.id));
        // Seats counted for an order that was not written may be those another one lacks: each is tried by itself.
        const isShort = outcomes.some((outcome) => outcome instanceof Error);
        const unwritten = outcomes.filter((outcome) => outcome === true).length - placed.length;
        if (isShort && unwritten > 0) throw new Error("a batch for too few seats is tried one by one");
        await changeSeats(
          tx,
          placed.map(({ decision }) => deriveSeatChanges(undefined, decision.order)),
        );
        await useIntents(tx, placed);
        return orders.map(({ decision }, index) => {
          const outcome = outcomes[index]!;
          return outcome instanceof Error ? outcome : written.has(decision.order.id);
        });
      }),
  });

  return async (order: NewOrder): Promise<Placement> => {
    const holds = order.decision.order.items.some(({ kind }) => kind !== "DIGITAL_COURSE");
    const refuse = () => refuseBlocked(db.pool, order.decision.order, maxUnpaidOrders);
    try {
      const outcome = await (holds ? withHolds : plain)(order);
      if (outcome instanceof Error) return { isWritten: false, refuse: () => Promise.reject(outcome) };
      return { isWritten: outcome, refuse };
    } catch (error) {
      // Two orders for one course at the same moment: the index has decided.
      if (error instanceof DatabaseError && error.constraint === "one_live_purchase")
        return { isWritten: false, refuse };
      throw error;
    }
  };
}

type Outcome = boolean | Error;

/** Takes an order's seats out of what is left, or says which sessions are full. */
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

const useIntent = prepared(
  "use_stock_intents",
  `DELETE FROM stock_intent WHERE order_id = ANY($1::uuid[]) AND state = 'OPEN' RETURNING order_id`,
);

/** An order with goods is only written while its reservation has not been given up. */
async function useIntents(tx: PoolClient, placed: readonly NewOrder[]): Promise<void> {
  const ids = placed.flatMap(({ decision: { order } }) => (hasGoods(order) ? order.id : []));
  if (ids.length === 0) return;
  const rows = await query(tx, useIntent, [ids]);
  if (rows.length === ids.length) return;
  throw appError("UPSTREAM_UNAVAILABLE", "inventory cannot be reached, try again", {
    upstream: "inventory",
    cause: new Error("the order took so long that its goods were given up"),
  });
}

function askedRow({ key: { callerId, key, hash }, decision }: NewOrder) {
  return { caller_id: callerId, key, request_hash: hash, ...newOrderRow(decision.order) };
}
