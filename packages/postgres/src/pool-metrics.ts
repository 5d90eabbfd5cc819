import { Counter, Gauge, type Registry } from "prom-client";
import type { ServicePool } from "./service-pool.ts";

/** Registers what a service's pool is doing, and whether its server responds. */
export function poolMetrics(pool: ServicePool, metrics: Registry): void {
  new Gauge({
    name: "postgres_pool_connections",
    help: "Connections of the pool, by state: busy, idle. As many as TILL_POOL_SIZE can be open.",
    labelNames: ["state"],
    registers: [metrics],
    collect() {
      this.set({ state: "busy" }, pool.totalCount - pool.idleCount);
      this.set({ state: "idle" }, pool.idleCount);
    },
  });
  new Gauge({
    name: "postgres_pool_waiting",
    help: "Callers that wait for a connection of the pool.",
    registers: [metrics],
    collect() {
      this.set(pool.waitingCount);
    },
  });
  new Counter({
    name: "postgres_statements_total",
    help: "Statements sent to Postgres, by name, BEGIN and COMMIT included.",
    labelNames: ["statement"],
    registers: [metrics],
    collect() {
      this.reset();
      for (const [statement, count] of pool.statementsSent) this.inc({ statement }, count);
    },
  });
  new Gauge({
    name: "postgres_reachable",
    help: "1 while Postgres responds, 0 while it does not and calls are UNAVAILABLE.",
    registers: [metrics],
    collect() {
      this.set(pool.isReachable ? 1 : 0);
    },
  });
}
