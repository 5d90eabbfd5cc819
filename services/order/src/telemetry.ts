import type { RequestKey } from "@till/rpc/request-key";
import { exponentOf, type Money } from "@till/money";
import { reasonOf } from "@till/rpc/errors";
import type { Log, Metrics } from "@till/telemetry";
import { Counter, Histogram } from "prom-client";
import type { Decision } from "./rules/decision.ts";
import type { Order, OrderStatus } from "./rules/order.ts";

/** What the order service tells operators: one function a business event, so that log and counter agree. */
export type OrderTelemetry = ReturnType<typeof orderTelemetry>;

/** The call a line is about. Its request id is made up when it is first asked for, so no sooner than a line needs it. */
type Call = { readonly requestId: string };

/** What asked for a change, where it was a call. */
export type AskedBy = { readonly key?: RequestKey | undefined; readonly call?: Call | undefined };

const day = 24 * 60 * 60;

/** Opens the order service's metrics (spec S1.44, S4.16) and log lines (S4.17). */
export function orderTelemetry({ log, metrics }: { log: Log; metrics: Metrics }) {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [metrics] });
  const created = counter("order_create_total", "Orders placed, by the status they were placed in.", [
    "status",
  ]);
  const replayed = counter(
    "order_idempotent_hit_total",
    "CreateOrder calls answered with an earlier call's order.",
  );
  const repriced = counter(
    "order_price_changed_total",
    "CreateOrder calls refused because a price had changed.",
  );
  const outOfStock = counter(
    "order_out_of_stock_total",
    "CreateOrder calls refused because there is not enough in stock.",
  );
  const settled = counter("order_stock_settled_total", "What the inventory did for orders that moved on.", [
    "stock",
  ]);
  const canceled = counter("order_cancel_total", "Orders cancelled, by the status they were in.", ["status"]);
  const moved = counter(
    "order_transition_total",
    "Moves of orders from status to status since the process started; a new order comes from none.",
    ["from", "to"],
  );
  const value = new Histogram({
    name: "order_value",
    help: "Totals of the orders placed, in units of their currency. Sum by count: the average order value.",
    labelNames: ["currency"],
    buckets: [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000],
    registers: [metrics],
  });
  const fulfilled = new Histogram({
    name: "order_time_to_fulfilment_seconds",
    help: "From placing an order until it was DELIVERED, or COMPLETED where nothing is shipped.",
    labelNames: ["to"],
    buckets: [10, 60, 600, 3_600, 6 * 3_600, day, 2 * day, 3 * day, 5 * day, 7 * day, 14 * day, 30 * day],
    registers: [metrics],
  });
  return {
    orderPlaced(order: Order, key: RequestKey, call: Call): void {
      created.inc({ status: order.status });
      moved.inc({ from: "", to: order.status });
      value.observe({ currency: order.total.currency }, inUnits(order.total));
      if (log.isLevelEnabled("debug"))
        log.debug({ ...idsOf(order), ...namesOf({ key, call }) }, "order placed");
    },
    createReplayed(order: Order, key: RequestKey, call: Call): void {
      replayed.inc();
      if (log.isLevelEnabled("debug"))
        log.debug({ ...idsOf(order), ...namesOf({ key, call }) }, "create order repeated");
    },
    createRefused(refusal: unknown): void {
      const reason = reasonOf(refusal);
      if (reason === "PRICE_CHANGED") repriced.inc();
      if (reason === "OUT_OF_STOCK") outOfStock.inc();
    },
    /** The goods of an order were committed or released, or are gone though the order is paid. */
    stockSettled(order: Order, stock: "COMMITTED" | "RELEASED" | "MISSING"): void {
      settled.inc({ stock });
      if (stock === "MISSING") log.error(idsOf(order), "the goods of a paid order are gone");
      else log.debug({ ...idsOf(order), stock }, "stock settled");
    },
    stockFailed(order: Order, error: unknown): void {
      log.warn({ ...idsOf(order), err: error }, "the inventory failed for this order, which is tried again");
    },
    releaseFailed(orderId: string, error: unknown): void {
      const facts = { order_id: orderId, err: error };
      log.warn(facts, "the goods of an order that was not placed are released later");
    },
    /** An order was changed and the change is committed. */
    orderChanged({ order, history }: Decision, by: AskedBy): void {
      for (const { type, from, to, at } of history) {
        if (type === "ORDER_CANCELED") canceled.inc({ status: from ?? "CREATED" });
        if (from !== to) moved.inc({ from: from ?? "", to });
        if (isFulfilment(from, to))
          fulfilled.observe({ to }, (at.getTime() - order.createdAt.getTime()) / 1_000);
        if (log.isLevelEnabled("debug")) {
          const facts = { ...idsOf(order), ...namesOf(by), status_transition: `${from} to ${to}` };
          log.debug(facts, "order changed");
        }
      }
    },
  };
}

function idsOf({ id, userId, details }: Order): Record<string, string | undefined> {
  return { order_id: id, user_id: userId, cart_id: details.cartId };
}

function namesOf({ key, call }: AskedBy): Record<string, string | undefined> {
  return { request_id: call?.requestId, idempotency_key: key?.key };
}

/** An order may come back to these statuses from a refund; it is fulfilled once. */
function isFulfilment(from: OrderStatus | undefined, to: OrderStatus): boolean {
  return (from === "SHIPPED" && to === "DELIVERED") || (from === "PAID" && to === "COMPLETED");
}

/** Good enough for a diagram, never for money. */
function inUnits({ currency, minorUnits }: Money): number {
  return Number(minorUnits) / 10 ** exponentOf(currency);
}
