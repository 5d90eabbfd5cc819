import type { Order } from "../rules/order.ts";
import {
  deriveStockDue,
  linesToRelease,
  recordStock,
  type StockDue,
  type StockOutcome,
} from "../rules/stock.ts";
import { commitStock } from "../stock/commit-stock.ts";
import { releaseLine } from "../stock/release-line.ts";
import { ordersWithStockDue, stockBatch } from "../store/due-orders.ts";
import type { Reader } from "../store/order-reads.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import type { OrderTelemetry } from "../telemetry.ts";
import type { Inventory } from "../upstreams/ports.ts";

/** What applies the stock changes that are due. */
export type StockRecovery = OrderUpdates & {
  readonly db: Reader;
  readonly inventory: Inventory;
  readonly telemetry: Pick<OrderTelemetry, "stockFailed" | "stockApplied">;
};

/**
 * Commits the stock reservations of paid orders, releases those of orders that are over and of lines that were refunded
 * before they were shipped, and records it. Each call may
 * be repeated: replicas may run it concurrently, and after a crash the next run completes it. An order that fails does
 * not hold up the others; where all of a batch fail, the inventory is unavailable, and it throws.
 */
export async function applyStock(recovery: StockRecovery): Promise<void> {
  let after: Order | undefined;
  for (;;) {
    const orders = await ordersWithStockDue(recovery.db, after);
    const outcomes = await Promise.allSettled(orders.map((order) => applyTo(recovery, order)));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" ? [{ order: orders[index]!, error: outcome.reason as unknown }] : [],
    );
    if (failures.length > 0 && failures.length === orders.length) throw failures[0]!.error;
    failures.forEach(({ order, error }) => recovery.telemetry.stockFailed(order, error));
    if (orders.length < stockBatch) return;
    after = orders.at(-1)!;
  }
}

async function applyTo(recovery: StockRecovery, order: Order): Promise<void> {
  const { store, now, telemetry } = recovery;
  const due = deriveStockDue(order);
  if (due === undefined) return;
  const outcome = await callInventory(recovery, order, due);
  const context = { now: now(), actor: "worker:stock" };
  const decide = (current: Order) => recordStock(current, outcome, context);
  const { kind } = await store.update({ id: order.id, decide });
  if (kind === "changed") telemetry.stockApplied(order, outcome.stock);
}

async function callInventory(recovery: StockRecovery, order: Order, due: StockDue): Promise<StockOutcome> {
  switch (due) {
    case "COMMIT":
      return { due, stock: await commitStock(recovery, order) };
    case "RELEASE":
      await recovery.inventory.release(order.id);
      return { due, stock: "RELEASED" };
    case "RELEASE_LINES": {
      const lines = linesToRelease(order);
      for (const line of lines) await releaseLine(recovery.inventory, order, line);
      return { due, stock: "LINES_RELEASED", lineIds: lines.map(({ id }) => id) };
    }
  }
}
