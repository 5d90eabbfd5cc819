import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { findOrderWithHistory, type Reader } from "../store/order-reads.ts";
import type { Payments } from "../upstreams/ports.ts";
import { discrepanciesOf } from "./discrepancies.ts";
import { replay } from "./replay.ts";
import { appError } from "../rules/errors.ts";

type VerifyOptions = { readonly db: Reader; readonly payments: Payments };

/** OrderService.VerifyOrder: compares an order's row with its history and with its payments. */
export function verifyOrderRpc({
  db,
  payments,
}: VerifyOptions): UnaryHandler<typeof OrderService.method.verifyOrder> {
  return async ({ orderId }, call) => {
    const found = await findOrderWithHistory(db, orderId);
    if (!found) throw appError("ORDER_NOT_FOUND", `no order ${orderId}`);
    const { order, history } = found;
    const replayed = replay(history, order.total.currency);
    const discrepancies = discrepanciesOf(order, replayed, await payments.ofOrder(order.id, call.forward()));
    return { consistent: discrepancies.length === 0, discrepancies, entries: history.length };
  };
}
