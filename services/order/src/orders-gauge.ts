import type { Log, Metrics } from "@till/telemetry";
import { Gauge } from "prom-client";
import { statuses, type OrderStatus } from "./rules/order.ts";

/** What the gauge is made from. */
type OrdersGaugeOptions = {
  readonly count: () => Promise<ReadonlyMap<OrderStatus, number>>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly maxAgeMs?: number;
};

/**
 * Registers `orders`: how many orders there are of each status, in the database and so over restarts. Counted when it is
 * scraped, once a minute at most. Where the count fails, the gauge keeps the last one.
 */
export function registerOrdersGauge({ count, metrics, log, maxAgeMs = 60_000 }: OrdersGaugeOptions): void {
  let countedAt = -Infinity;
  new Gauge({
    name: "orders",
    help: "Orders in the database, by status; at most a minute old. Every replica reports the same ones: take the maximum.",
    labelNames: ["status"],
    registers: [metrics],
    async collect() {
      if (performance.now() - countedAt < maxAgeMs) return;
      countedAt = performance.now();
      try {
        const counts = await count();
        for (const status of statuses) this.set({ status }, counts.get(status) ?? 0);
      } catch (error) {
        log.warn({ err: error }, "orders were not counted by status");
      }
    },
  });
}
