import { exponentOf, type Money } from "@till/money";
import { reasonOf } from "@till/rpc/errors";
import type { Log, Metrics } from "@till/telemetry";
import { Counter, Histogram } from "prom-client";
import type { Decision } from "./rules/decision.ts";
import type { Order, OrderStatus } from "./rules/order.ts";
import type { StockOutcome } from "./rules/stock.ts";

/** The metrics and log lines of the order service: one function a business event, so that log and counter agree. */
export type OrderTelemetry = ReturnType<typeof orderTelemetry>;

/** The key of a request. */
type Key = { readonly key: string };

/** The call that a line is about. Its request id is made up when it is first read, so no sooner than a line needs it. */
type Call = { readonly requestId: string };

/** The request that made a change, where a call did. */
type ChangedBy = { readonly key?: Key | undefined; readonly call?: Call | undefined };

const day = 24 * 60 * 60;

/** Opens the metrics and log lines of the order service. */
export function orderTelemetry({ log, metrics }: { log: Log; metrics: Metrics }) {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [metrics] });
  const created = counter("order_create_total", "Orders created, by the status they were created in.", [
    "status",
  ]);
  const replayed = counter(
    "order_idempotent_hit_total",
    "CreateOrder calls that returned the order of an earlier call.",
  );
  const repriced = counter(
    "order_price_changed_total",
    "CreateOrder calls rejected because a price had changed.",
  );
  const outOfStock = counter(
    "order_out_of_stock_total",
    "CreateOrder calls rejected because there is not enough in stock.",
  );
  const applied = counter(
    "order_stock_applied_total",
    "Outcomes of committing and releasing stock reservations.",
    ["stock"],
  );
  const canceled = counter("order_cancel_total", "Orders cancelled, by the status they were in.", ["status"]);
  const moved = counter(
    "order_transition_total",
    "Transitions of orders since the process started; `from` is empty for a new order.",
    ["from", "to"],
  );
  const value = new Histogram({
    name: "order_value",
    help: "Totals of the orders created, in units of their currency. Sum by count: the average order value.",
    labelNames: ["currency"],
    buckets: [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000],
    registers: [metrics],
  });
  const fulfilled = new Histogram({
    name: "order_time_to_fulfilment_seconds",
    help: "From the creation of an order until it was DELIVERED, or COMPLETED where nothing is shipped.",
    labelNames: ["to"],
    buckets: [10, 60, 600, 3_600, 6 * 3_600, day, 2 * day, 3 * day, 5 * day, 7 * day, 14 * day, 30 * day],
    registers: [metrics],
  });
  return {
    orderCreated(order: Order, key: Key, call: Call): void {
      created.inc({ status: order.status });
      moved.inc({ from: "", to: order.status });
      value.observe({ currency: order.total.currency }, inUnits(order.total));
      if (!log.isLevelEnabled("info")) return;
      const facts = { ...idsOf(order), ...namesOf({ key, call }), status_transition: `to ${order.status}` };
      log.info(facts, "order created");
    },
    createReplayed(order: Order, key: Key, call: Call): void {
      replayed.inc();
      if (log.isLevelEnabled("debug"))
        log.debug({ ...idsOf(order), ...namesOf({ key, call }) }, "create order replayed");
    },
    createRejected(error: unknown): void {
      const reason = reasonOf(error);
      if (reason === "PRICE_CHANGED") repriced.inc();
      if (reason === "OUT_OF_STOCK") outOfStock.inc();
    },
    /** The stock reservation of an order was committed or released, or is missing though the order is paid. */
    stockApplied(order: Order, stock: StockOutcome["stock"]): void {
      applied.inc({ stock });
      if (stock === "MISSING") log.error(idsOf(order), "the stock of a paid order is missing");
      else log.debug({ ...idsOf(order), stock }, "stock applied");
    },
    stockFailed(order: Order, error: unknown): void {
      log.warn(
        { ...idsOf(order), err: error },
        "the inventory failed for this order; the worker tries again",
      );
    },
    releaseFailed(orderId: string, error: unknown): void {
      const facts = { order_id: orderId, err: error };
      log.warn(facts, "the reservation of an order that was not written is released later");
    },
    /** A change of an order was committed. */
    orderChanged({ order, history }: Decision, by: ChangedBy): void {
      for (const { type, from, to, at } of history) {
        if (type === "ORDER_CANCELED") canceled.inc({ status: from ?? "CREATED" });
        if (from !== to) moved.inc({ from: from ?? "", to });
        if (isFulfilment(from, to))
          fulfilled.observe({ to }, (at.getTime() - order.createdAt.getTime()) / 1_000);
        const level = from === to ? "debug" : "info";
        if (!log.isLevelEnabled(level)) continue;
        const facts = { ...idsOf(order), ...namesOf(by), status_transition: `${from} to ${to}` };
        log[level](facts, "order changed");
      }
    },
  };
}

function idsOf({ id, userId, details }: Order): Record<string, string | undefined> {
  return { order_id: id, user_id: userId, cart_id: details.cartId };
}

function namesOf({ key, call }: ChangedBy): Record<string, string | undefined> {
  return { request_id: call?.requestId, idempotency_key: key?.key };
}

/** An order may come back to these statuses from a refund; it is fulfilled once. */
function isFulfilment(from: OrderStatus | undefined, to: OrderStatus): boolean {
  return (from === "SHIPPED" && to === "DELIVERED") || (from === "PAID" && to === "COMPLETED");
}

/** Exact enough for a diagram, never for money. */
function inUnits({ currency, minorUnits }: Money): number {
  return Number(minorUnits) / 10 ** exponentOf(currency);
}
