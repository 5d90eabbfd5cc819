import type { OrderStatus } from "../../src/rules/order.ts";
import { v7 } from "uuid";
import { anyCourse, type OrderWorld } from "./order-world.ts";

export type Standing = {
  readonly id: string;
  readonly version: bigint;
  readonly paymentId: string;
  /** The refund that is asked for or under way, in a status where one is. */
  readonly refundId: string;
};

/**
 * Places an order for EUR 10.00 and puts it into a status behind the service's back, as if it had come there by itself.
 * `goods` makes its line one that has to be shipped; `money` leaves a cancelled or returned order what was paid;
 * `inFlight` has a payment hold the slot of one that waits for it.
 */
export async function orderIn(
  world: OrderWorld,
  user: string,
  status: OrderStatus,
  {
    goods = false,
    money = false,
    inFlight = false,
  }: Partial<Record<"goods" | "money" | "inFlight", boolean>> = {},
): Promise<Standing> {
  const items = [{ item: { case: "courseId" as const, value: anyCourse() } }];
  const { order } = await world.as(user).createOrder({ items, idempotencyKey: v7() });
  const id = order!.id;
  const paymentId = v7();
  if (goods) await world.rows(`UPDATE order_items SET kind = 'PHYSICAL' WHERE order_id = $1`, [id]);
  const refundId = v7();
  const columns: Record<string, string> = {
    status: `'${status}'`,
    ...columnsIn(status, paymentId, refundId, money),
    ...(inFlight && { payment_id: `'${paymentId}'` }),
  };
  if (columns.refund_id) {
    await world.rows(
      `INSERT INTO order_refund (user_id, order_id, id, state, reason, amount_minor, items, remark, created_at, updated_at)
       SELECT user_id, id, $2, $3, 'broken', $4, '[]', '', now(), now() FROM orders WHERE id = $1`,
      [
        id,
        refundId,
        status === "REFUND_REQUESTED" ? "REQUESTED" : "APPROVED",
        status === "REFUND_REQUESTED" ? null : 1000,
      ],
    );
  }
  const set = Object.entries(columns).map(([column, value]) => `${column} = ${value}`);
  await world.rows(`UPDATE orders SET ${set.join(", ")} WHERE id = $1`, [id]);
  return { id, version: 1n, paymentId, refundId };
}

function columnsIn(
  status: OrderStatus,
  paymentId: string,
  refundId: string,
  money: boolean,
): Record<string, string> {
  const paid = { payment_id: `'${paymentId}'`, captured_minor: "1000" };
  switch (status) {
    case "CREATED":
    case "PAYMENT_PENDING":
      return {};
    case "PAYMENT_FAILED":
      return { failed_payments: "1" };
    case "CANCELLED":
      return { ...(money && paid), cancel_reason: `'USER'` };
    case "REFUND_REQUESTED":
    case "REFUND_PENDING":
      return { ...paid, prior_status: `'PAID'`, refund_id: `'${refundId}'` };
    case "REFUNDED":
      return { ...paid, refunded_minor: "1000" };
    case "SHIPPED":
      return { ...paid, carrier: `'DHL'`, tracking_number: `'1'` };
    case "DELIVERED":
      return { ...paid, delivered_at: "now()" };
    case "RETURNED":
      return { ...(money && paid), delivered_at: "now()", returned_at: "now()" };
    case "COMPLETED":
      return { ...paid, completed_at: "now()" };
    case "PAID":
    case "READY_TO_SHIP":
      return paid;
  }
}
