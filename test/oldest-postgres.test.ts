import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { oldestDebianPostgres, startDebianPostgres, type DebianPostgres } from "./support/debian-postgres.ts";
import { eventually } from "./support/eventually.ts";
import { course, courseLine, newUser } from "./support/fixtures.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";

describe("Both services on the oldest Postgres of this machine's packages", () => {
  let postgres: DebianPostgres;
  let system: PaymentSystem;
  before(async function () {
    this.timeout(120_000);
    const bin = oldestDebianPostgres();
    if (bin === undefined) {
      expect(process.env["CI"], "CI needs Debian's package postgresql").to.equal(undefined);
      console.error("    Debian's package postgresql is not installed: an older Postgres is not tried");
      return this.skip();
    }
    postgres = await startDebianPostgres(bin);
    system = await startPaymentSystem({ postgresUrl: postgres.url });
  });
  after(async function () {
    this.timeout(60_000);
    await system?.stop();
    await postgres?.stop();
  });

  it("take an order from its creation to its refund", async function () {
    this.timeout(60_000);
    const user = newUser();
    const orders = system.ordersAs(user, "user");
    const { order } = await orders.createOrder({ items: [courseLine(course)], idempotencyKey: "create" });
    const orderId = order!.id;
    await system.paymentsAs(user, "user").processPayment({
      orderId,
      amount: order!.total!,
      method: { case: "paymentToken", value: "tok_approve" },
      idempotencyKey: "pay",
    });
    await eventually(async () => {
      const { order: paid } = await orders.getOrder({ orderId });
      expect(OrderStatus[paid!.status]).to.equal("PAID");
    });
    await system.ordersAs(newUser(), "admin").cancelOrder({ orderId, idempotencyKey: "cancel" });
    await eventually(async () => {
      const { order: refunded } = await orders.getOrder({ orderId });
      expect(refunded!.captured).to.deep.equal(order!.total);
      expect(refunded!.refunded).to.deep.equal(order!.total);
    });
  });
});
