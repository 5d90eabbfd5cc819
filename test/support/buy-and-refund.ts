import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "./eventually.ts";
import { course, courseLine, newUser } from "./fixtures.ts";
import type { PaymentSystem } from "./payment-system.ts";

/** Takes an order from its creation to PAID, cancels it, and waits until all of it is refunded. */
export async function buyAndRefund(system: PaymentSystem): Promise<void> {
  const user = newUser();
  const orders = system.ordersAs(user, "user");
  const { order } = await orders.createOrder({ items: [courseLine(course)], idempotencyKey: "create" });
  const { id: orderId, total } = order!;
  const method = { case: "paymentToken" as const, value: "tok_approve" };
  const payments = system.paymentsAs(user, "user");
  await payments.processPayment({ orderId, amount: total!, method, idempotencyKey: "pay" });
  await eventually(async () => {
    const { order: paid } = await orders.getOrder({ orderId });
    expect(OrderStatus[paid!.status]).to.equal("PAID");
  });
  await system.ordersAs(newUser(), "admin").cancelOrder({ orderId, idempotencyKey: "cancel" });
  await eventually(async () => {
    const { order: refunded } = await orders.getOrder({ orderId });
    expect(refunded!.captured).to.deep.equal(total);
    expect(refunded!.refunded).to.deep.equal(total);
  });
}
