import { Code } from "@connectrpc/connect";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { ada, bo, courseLine, newCourse, newUser, paymentService } from "../../../test/support/fixtures.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { paymentOf, type PaymentStub, startPaymentStub } from "./support/payment-stub.ts";

describe("VerifyOrder", () => {
  let environment: OrderEnvironment;
  let paymentStub: PaymentStub;
  before(async () => {
    paymentStub = await startPaymentStub();
    environment = await startOrderEnvironment({
      env: { TILL_PAYMENT_ADDRESS: paymentStub.address, ...withoutRecovery },
    });
  });
  after(async () => {
    await environment.stop();
    await paymentStub.stop();
  });

  const verify = (orderId: string) => environment.as(bo, "admin").verifyOrder({ orderId });
  const found = async (orderId: string) => {
    const { consistent, discrepancies } = await verify(orderId);
    expect(consistent).to.equal(discrepancies.length === 0);
    return discrepancies.map(({ subject, expected, found: row }) => `${subject}: ${expected} / ${row}`);
  };
  async function place(user: string): Promise<string> {
    const items = [courseLine(newCourse())];
    return (await environment.as(user).createOrder({ items, idempotencyKey: v7() })).order!.id;
  }
  /** Pays an order of EUR 10.00 in both services. */
  async function pay(user: string, orderId: string, paymentId = v7()): Promise<string> {
    const amount = { currencyCode: "EUR", units: 10n };
    const service = environment.as(paymentService, "service");
    await service.beginPayment({ orderId, paymentId, userId: user, amount });
    paymentStub.payments.set(orderId, [paymentOf(user, { id: paymentId, captured: 10 })]);
    await publish("processed", user, orderId, paymentId, 10);
    return paymentId;
  }
  const publish = (
    what: string,
    userId: string,
    orderId: string,
    paymentId: string,
    amount: number,
    more = {},
  ) => {
    const data = { paymentId, orderId, userId, amount, currency: "EUR", ...more };
    return environment.publish(`payment.${what}`, orderId, data);
  };

  it("finds nothing in an order paid, refunded in part, requested to be refunded again, and closed", async () => {
    const user = newUser();
    const orderId = await place(user);
    expect(await found(orderId)).to.deep.equal([]);
    const paymentId = await pay(user, orderId);
    const admin = environment.as(bo, "admin");
    await environment.as(user).requestRefund({ orderId, reason: "broken" });
    await admin.rejectRefund({ orderId, reason: "no" });
    await environment.as(user).requestRefund({ orderId, reason: "really" });
    const amount = { currencyCode: "EUR", units: 4n };
    const { order } = await admin.approveRefund({ orderId, amount });
    const orderRefundId = order!.refund!.id;
    paymentStub.payments.set(orderId, [paymentOf(user, { id: paymentId, captured: 10, refunded: 4 })]);
    await publish("refunded", user, orderId, paymentId, 4, { orderRefundId });
    expect(await found(orderId)).to.deep.equal([]);
    await environment.as(user).requestRefund({ orderId, reason: "the rest" });
    await admin.closeRefund({ orderId });
    expect(await found(orderId)).to.deep.equal([]);
    const { order: row } = await admin.getOrder({ orderId });
    expect((await verify(orderId)).entries).to.equal(Number(row!.version));
  });

  it("finds nothing in an order and a payment in a currency that is retired since", async () => {
    const user = newUser();
    const orderId = await place(user);
    await pay(user, orderId);
    await environment.query("UPDATE orders SET currency = 'HRK' WHERE id = $1", [orderId]);
    const [payment] = paymentStub.payments.get(orderId)!;
    for (const sum of [payment!.amount, payment!.captured, payment!.refunded]) sum!.currencyCode = "HRK";
    expect(await found(orderId)).to.deep.equal([]);
  });

  it("finds nothing in an order cancelled for failed payments whose late payment was refunded", async () => {
    const user = newUser();
    const orderId = await place(user);
    const failure = { failureCode: "stolen_card", failureReason: "stolen", retryable: false };
    const paymentId = v7();
    await publish("failed", user, orderId, paymentId, 10, failure);
    paymentStub.payments.set(orderId, [
      paymentOf(user, { id: paymentId, captured: 0, status: PaymentStatus.FAILED }),
      paymentOf(user, { id: v7(), captured: 10, refunded: 10, status: PaymentStatus.REFUNDED }),
    ]);
    const late = paymentStub.payments.get(orderId)![1]!.id;
    await publish("processed", user, orderId, late, 10);
    await publish("refunded", user, orderId, late, 10);
    expect(await found(orderId)).to.deep.equal([]);
  });

  it("reports where a row differs from its history", async () => {
    const user = newUser();
    const orderId = await place(user);
    const paymentId = await pay(user, orderId);
    await environment.query(
      `UPDATE orders SET status = 'COMPLETED', refunded_minor = 300, version = 9 WHERE id = $1`,
      [orderId],
    );
    expect(await found(orderId)).to.deep.equal([
      "version: 3 / 9",
      "status: PAID / COMPLETED",
      "refunded: 0.00 EUR / 3.00 EUR",
      `payment ${paymentId}: refunded: 0.00 EUR / 3.00 EUR`,
    ]);
  });

  it("reports a gap, a jump and an illegal transition in a history", async () => {
    const user = newUser();
    // The database rejects a change of a history; one made without its trigger is found.
    await environment.query(`ALTER TABLE order_event DISABLE TRIGGER append_only`);
    const gap = await place(user);
    await pay(user, gap);
    await environment.query(`DELETE FROM order_event WHERE order_id = $1 AND version = 2`, [gap]);
    expect(await found(gap)).to.deep.equal([
      "history: version of PAYMENT_SUCCEEDED, version 3: 2 / 3",
      "history: from of PAYMENT_SUCCEEDED, version 3: CREATED / PAYMENT_PENDING",
    ]);
    const jump = await place(user);
    await environment.as(user).cancelOrder({ orderId: jump });
    await environment.query(
      `UPDATE order_event SET to_status = 'DELIVERED' WHERE order_id = $1 AND version = 2`,
      [jump],
    );
    expect(await found(jump)).to.deep.equal([
      "history: to of ORDER_CANCELED, version 2: PAYMENT_PENDING, PAID, PAYMENT_FAILED, CANCELLED / DELIVERED",
      "status: DELIVERED / CANCELLED",
    ]);
    await environment.query(`DELETE FROM order_event WHERE order_id = $1`, [jump]);
    expect(await found(jump)).to.deep.equal(["version: 0 / 2", "status: none / CANCELLED"]);
    await environment.query(`ALTER TABLE order_event ENABLE TRIGGER append_only`);
  });

  it("relies on a database that rejects every change of a history", async () => {
    const change = (sql: string) =>
      environment.query(sql).then(
        () => "changed",
        (error: Error) => error.message,
      );
    for (const sql of [
      "UPDATE order_event SET reason = ''",
      "DELETE FROM order_event",
      "TRUNCATE order_event",
    ]) {
      expect(await change(sql)).to.equal("order_event is append-only");
    }
  });

  it("reports where the payment service differs", async () => {
    const user = newUser();
    const orderId = await place(user);
    const paymentId = await pay(user, orderId);
    const other = v7();
    paymentStub.payments.set(orderId, [
      paymentOf(ada, { id: paymentId, captured: 10, refunded: 10 }),
      paymentOf(user, { id: other, captured: 10 }),
    ]);
    expect(await found(orderId)).to.deep.equal([
      `payment ${paymentId}: payer: ${ada} / ${user}`,
      `payment ${paymentId}: refunded: 10.00 EUR / 0.00 EUR`,
      `payment ${other}: money kept: 10.00 EUR / 0.00 EUR`,
    ]);
    paymentStub.payments.delete(orderId);
    expect(await found(orderId)).to.deep.equal([`payment: none / ${paymentId}`]);
  });

  it("accepts a payment captured in part while the order awaits it, and not one captured in full", async () => {
    const user = newUser();
    const orderId = await place(user);
    const paymentId = v7();
    const amount = { currencyCode: "EUR", units: 10n };
    const service = environment.as(paymentService, "service");
    await service.beginPayment({ orderId, paymentId, userId: user, amount });
    // Of PROCESSED the rest was voided.
    for (const status of [PaymentStatus.AUTHORIZED, PaymentStatus.PROCESSED]) {
      paymentStub.payments.set(orderId, [paymentOf(user, { id: paymentId, captured: 4, status })]);
      expect(await found(orderId)).to.deep.equal([]);
    }
    paymentStub.payments.set(orderId, [paymentOf(user, { id: paymentId, captured: 10 })]);
    expect(await found(orderId)).to.deep.equal([`payment ${paymentId}: money kept: 10.00 EUR / 0.00 EUR`]);
  });

  it("is for admins alone, and rejects an unknown order", async () => {
    const orderId = await place(newUser());
    expect(await rejectionReason(environment.as(ada).verifyOrder({ orderId }))).to.equal("PERMISSION_DENIED");
    const service = environment.as(paymentService, "service").verifyOrder({ orderId });
    expect(await rejectionReason(service)).to.equal("PERMISSION_DENIED");
    expect(await rejectionReason(verify(v7()))).to.equal("ORDER_NOT_FOUND");
    expect(await rejectionReason(verify("1 OR 1=1"))).to.equal("INVALID_ARGUMENT");
  });

  it("is UNAVAILABLE while the payment service is", async () => {
    const alone = await startOrderEnvironment({ env: { TILL_PAYMENT_ADDRESS: "127.0.0.1:1" } });
    const items = [courseLine(newCourse())];
    const { order } = await alone.as(ada).createOrder({ items, idempotencyKey: v7() });
    const admin = alone.as(bo, "admin");
    const error = await eventually(() => failureOf(admin.verifyOrder({ orderId: order!.id })));
    const { reason, metadata } = factsOf(error);
    expect([error.code, reason, metadata]).to.deep.equal([
      Code.Unavailable,
      "UPSTREAM_UNAVAILABLE",
      { upstream: "payments" },
    ]);
    await alone.stop();
  });
});
