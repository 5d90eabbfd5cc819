import type { Log, Metrics } from "@till/telemetry";
import { Gauge } from "prom-client";
import { statuses, type OrderStatus } from "./rules/order.ts";

/** What the gauges are made from. */
type OrdersGaugeOptions = {
  readonly count: () => Promise<ReadonlyMap<OrderStatus, number>>;
  readonly newest: () => Promise<Date | undefined>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly maxAgeMs?: number;
};

/**
 * Registers how many orders there are of each status, in the database and so over restarts, and when the newest was placed.
 * Read when they are scraped, once a minute at most. Where that fails, the gauges keep the last values.
 */
export function registerOrdersGauge(options: OrdersGaugeOptions): void {
  const { count, newest, metrics, log, maxAgeMs = 60_000 } = options;
  const atMostOnceIn = <Read>(read: () => Promise<Read>, use: (result: Read) => void) => {
    let readAt = -Infinity;
    return async () => {
      if (performance.now() - readAt < maxAgeMs) return;
      readAt = performance.now();
      try {
        use(await read());
      } catch (error) {
        log.warn({ err: error }, "orders were not counted");
      }
    };
  };
  const orders = new Gauge({
    name: "orders",
    help: "Orders in the database, by status; at most a minute old. Every replica reports the same ones: take the maximum.",
    labelNames: ["status"],
    registers: [metrics],
    collect: atMostOnceIn(count, (counts) => {
      for (const status of statuses) orders.set({ status }, counts.get(status) ?? 0);
    }),
  });
  const newestAt = new Gauge({
    name: "orders_newest_timestamp_seconds",
    help: "When the newest order was placed, in seconds since 1970: how fresh the orders are. Take the maximum.",
    registers: [metrics],
    collect: atMostOnceIn(newest, (at) => {
      if (at) newestAt.set(at.getTime() / 1_000);
    }),
  });
}
