import { prepared, query } from "@till/postgres/statements";
import type { Deps } from "../deps.ts";
import type { Order } from "../rules/order.ts";
import { orderFromRow, type OrderRow } from "../store/order-rows.ts";
import { orderColumns } from "../store/statements.ts";
import { commitGoods } from "../stock/commit-stock.ts";
import { deriveStockDue, recordStock, type StockOutcome } from "../rules/stock.ts";

const page = 100;

const selectDue = prepared(
  "select_stock_due",
  `SELECT ${orderColumns} FROM orders o
    WHERE o.stock_due IS NOT NULL AND (o.updated_at, o.id) > ($1::timestamptz, $2::uuid)
    ORDER BY o.updated_at, o.id LIMIT ${page}`,
);

/**
 * Has the inventory commit the goods of orders that were paid and release those of orders that are over, and records
 * it. Each call may be repeated, so that replicas may do it at once and a crash at any step leaves it to the next
 * round. An order that fails does not hold the others up; where all fail, the inventory is away.
 */
export async function settleStock(deps: Deps): Promise<void> {
  let after = { updatedAt: new Date(0), id: "00000000-0000-0000-0000-000000000000" };
  for (;;) {
    const rows = await query<OrderRow>(deps.db.pool, selectDue, [after.updatedAt, after.id]);
    const orders = rows.map(orderFromRow);
    const outcomes = await Promise.allSettled(orders.map((order) => settle(deps, order)));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" ? [{ order: orders[index]!, error: outcome.reason as unknown }] : [],
    );
    if (failures.length > 0 && failures.length === orders.length) throw failures[0]!.error;
    failures.forEach(({ order, error }) => deps.telemetry.stockFailed(order, error));
    if (orders.length < page) return;
    after = orders.at(-1)!;
  }
}

async function settle(deps: Deps, order: Order): Promise<void> {
  const due = deriveStockDue(order);
  if (due === undefined) return;
  const outcome: StockOutcome = { due, stock: await askInventory(deps, order, due) };
  const context = { now: deps.now(), actor: "worker:stock" };
  const decide = (current: Order) => recordStock(current, outcome, context);
  const { kind } = await deps.store.update({ id: order.id, decide });
  if (kind === "changed") deps.telemetry.stockSettled(order, outcome.stock);
}

async function askInventory(
  deps: Deps,
  order: Order,
  due: StockOutcome["due"],
): Promise<StockOutcome["stock"]> {
  if (due === "COMMIT") return commitGoods(deps, order);
  await deps.inventory.release(order.id);
  return "RELEASED";
}
