import { reasonOf } from "@till/rpc";
import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";
import type { Decision } from "./decision.ts";
import type { Order } from "./order.ts";

/** What the order service tells operators: one function a business event, so that log and counter agree. */
export type OrderTelemetry = ReturnType<typeof orderTelemetry>;

/** Opens the order service's counters (spec S4.16) and log lines (S4.17). */
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
  const moved = counter("order_transition_total", "Moves of orders, by the status reached.", ["to"]);
  return {
    orderPlaced(order: Order, call: { readonly requestId: string }): void {
      created.inc({ status: order.status });
      if (log.isLevelEnabled("debug"))
        log.debug({ ...idsOf(order), request_id: call.requestId }, "order placed");
    },
    createReplayed(order: Order, call: { readonly requestId: string }): void {
      replayed.inc();
      log.debug({ ...idsOf(order), request_id: call.requestId }, "create order repeated");
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
    sweepFailed(sweep: string, error: unknown): void {
      log.error({ err: error, sweep }, "a sweep failed and is tried again");
    },
    /** An order was changed and the change is committed. */
    orderChanged({ order, history }: Decision): void {
      for (const { type, from, to } of history) {
        if (type === "ORDER_CANCELED") canceled.inc({ status: from ?? "CREATED" });
        if (from !== to) moved.inc({ to });
        if (log.isLevelEnabled("debug"))
          log.debug({ ...idsOf(order), status_transition: `${from} to ${to}` }, "order changed");
      }
    },
  };
}

function idsOf({ id, userId, details }: Order): Record<string, string | undefined> {
  return { order_id: id, user_id: userId, cart_id: details.cartId };
}
