import { v7 } from "uuid";
import { courseLine, newCourse } from "../../../../test/support/fixtures.ts";
import type { OrderStatus } from "../../src/rules/order.ts";
import type { OrderEnvironment } from "./order-service.ts";

export type StoredOrder = {
  readonly id: string;
  readonly version: bigint;
  readonly paymentId: string;
  /** The requested or approved refund, in a status that has one. */
  readonly refundId: string;
};

/**
 * Places an order for EUR 10.00 and writes a status and its columns straight into the database, as version 1.
 * `physical` makes its line one that is shipped; `captured` keeps the money of a cancelled or returned order;
 * `inFlight` gives the order's payment slot to a payment.
 */
export async function insertOrderIn(
  environment: OrderEnvironment,
  user: string,
  status: OrderStatus,
  {
    physical = false,
    captured = false,
    inFlight = false,
  }: Partial<Record<"physical" | "captured" | "inFlight", boolean>> = {},
): Promise<StoredOrder> {
  const items = [courseLine(newCourse())];
  const { order } = await environment.as(user).createOrder({ items, idempotencyKey: v7() });
  const id = order!.id;
  const paymentId = v7();
  if (physical) await environment.query(`UPDATE order_items SET kind = 'PHYSICAL' WHERE order_id = $1`, [id]);
  const refundId = v7();
  const columns: Record<string, string> = {
    status: `'${status}'`,
    ...columnsIn(status, paymentId, refundId, captured),
    ...(inFlight && { payment_id: `'${paymentId}'` }),
  };
  if (columns.refund_id) {
    await environment.query(
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
  await environment.query(`UPDATE orders SET ${set.join(", ")} WHERE id = $1`, [id]);
  return { id, version: 1n, paymentId, refundId };
}

function columnsIn(
  status: OrderStatus,
  paymentId: string,
  refundId: string,
  captured: boolean,
): Record<string, string> {
  const paid = { payment_id: `'${paymentId}'`, captured_minor: "1000" };
  switch (status) {
    case "CREATED":
    case "PAYMENT_PENDING":
      return {};
    case "PAYMENT_FAILED":
      return { failed_payments: "1" };
    case "CANCELLED":
      return { ...(captured && paid), cancel_reason: `'USER'` };
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
      return { ...(captured && paid), delivered_at: "now()", returned_at: "now()" };
    case "COMPLETED":
      return { ...paid, completed_at: "now()" };
    case "PAID":
    case "READY_TO_SHIP":
      return paid;
  }
}
