import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { query, transact } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import { appError } from "../rules/errors.ts";
import { historyFromRow, orderFromRow, type HistoryRow, type OrderRow } from "../store/order-rows.ts";
import { selectHistory, selectOrder } from "../store/statements.ts";
import { discrepanciesOf } from "./discrepancies.ts";
import { replay } from "./replay.ts";

/** OrderService.VerifyOrder: what the history, the row and the payment side say of an order, held against each other. */
export function verifyOrderRpc(deps: Deps): UnaryHandler<typeof OrderService.method.verifyOrder> {
  return async ({ orderId }, call) => {
    const { order, history } = await readAtOnce(deps, orderId);
    const payments = await deps.payments.ofOrder(order.id, call.forward());
    const replayed = replay(history, order.total.currency);
    const discrepancies = discrepanciesOf(order, replayed, payments);
    return { consistent: discrepancies.length === 0, discrepancies, entries: history.length };
  };
}

/** An order and its history as of one moment. */
function readAtOnce({ db }: Pick<Deps, "db">, orderId: string) {
  return transact(db, async (tx) => {
    await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const [row] = await query<OrderRow>(tx, selectOrder, [orderId]);
    if (!row) throw appError("ORDER_NOT_FOUND", `no order ${orderId}`);
    const rows = await query<HistoryRow>(tx, selectHistory, [row.user_id, row.id]);
    return {
      order: orderFromRow(row),
      history: rows.map((entry) => historyFromRow(entry, row.currency)),
    };
  });
}
