import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";
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
  const moved = counter("order_transition_total", "Changes made by payment events, by the status reached.", [
    "to",
  ]);
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
    priceChanged(): void {
      repriced.inc();
    },
    orderMoved(order: Order): void {
      moved.inc({ to: order.status });
      log.debug({ ...idsOf(order), status_transition: order.status }, "order moved");
    },
  };
}

function idsOf({ id, userId, details }: Order): Record<string, string | undefined> {
  return { order_id: id, user_id: userId, cart_id: details.cartId };
}
