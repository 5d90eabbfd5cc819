import { timestampDate } from "@bufbuild/protobuf/wkt";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { course, eur, newCourse } from "../../../test/support/fixtures.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import {
  attempt,
  historyOf,
  idsInStatus,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("payment.processed", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  it("makes the order PAID, and its history tells each step in order", async () => {
    const purchase = await environment.placePaid([course]);
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, paymentId: purchase.paymentId });
    expect(order.captured).to.include(eur(49));
    expect(await historyOf(purchase)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "PAYMENT_REQUESTED > PAYMENT_PENDING",
      "PAYMENT_SUCCEEDED > PAID",
    ]);
  });

  it("keeps the payment's details, and publishes order.confirmed with them", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.pay(purchase);
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, paymentId: purchase.paymentId });
    expect(order.captured).to.include(eur(10));
    expect(timestampDate(order.updatedAt!)).to.be.greaterThan(timestampDate(order.createdAt!));
    const [paid] = await environment.eventDataOf(purchase, "order.confirmed");
    expect(paid).to.include({ paymentId: purchase.paymentId, status: "confirmed" });
    expect(await idsInStatus(purchase, "PENDING")).to.deep.equal([]);
    expect(await idsInStatus(purchase, "PAID")).to.deep.equal([purchase.orderId]);
  });

  it("publishes order.confirmed with its fields, and how the order was paid", async () => {
    const bought = newCourse();
    const purchase = await environment.placePaid([bought]);
    const [body] = await environment.eventDataOf(purchase, "order.confirmed");
    const { confirmedAt, paidAt, ...facts } = body!;
    const { orderId, userId, paymentId } = purchase;
    const payment = { amount: 10, currency: "EUR", paymentMethod: "text", transactionId: "text" };
    const expected = { orderId, userId, status: "confirmed", paymentId, courseIds: [bought], ...payment };
    expect(facts).to.deep.equal(expected);
    expect(Date.parse(String(paidAt))).to.be.closeTo(Date.now(), 60_000);
    expect(Date.parse(String(confirmedAt))).to.be.closeTo(Date.now(), 60_000);
  });

  it("takes effect once, whether the event is repeated or a second event reports the payment", async () => {
    const purchase = await environment.place([course]);
    const eventId = v7();
    await Promise.all([environment.pay(purchase, { eventId }), environment.pay(purchase, { eventId })]);
    await environment.pay(purchase);
    expect((await read(purchase)).version).to.equal(2n);
    const inbox = await environment.query("SELECT event_id FROM inbox WHERE event_id = $1", [eventId]);
    expect(inbox).to.have.lengthOf(1);
  });

  it("pays the order though the same payment was reported as failed before", async () => {
    const purchase = await attempt(environment, await environment.place());
    await environment.pay(purchase);
    expect(await read(purchase)).to.include({ status: OrderStatus.PAID, paymentId: purchase.paymentId });
  });

  it("of another amount goes to the dead letters and leaves the order as it was", async () => {
    const purchase = await environment.place([course]);
    const eventId = v7();
    await environment.pay(purchase, { amount: 48.99, eventId });
    const [letter] = await environment.query("SELECT reason FROM dead_letter WHERE event_id = $1", [eventId]);
    expect(letter?.reason).to.match(/total is 49\.00, not 48\.99/);
    expect(await statusOf(purchase)).to.equal("CREATED");
  });

  it("that cannot be parsed goes to the dead letters, and the next event is handled", async () => {
    const purchase = await environment.place([course]);
    const eventId = v7();
    await environment.publish("payment.processed", purchase.orderId, { orderId: 7 }, eventId);
    await environment.pay(purchase);
    expect(await statusOf(purchase)).to.equal("PAID");
    expect(
      await environment.query("SELECT 1 FROM dead_letter WHERE event_id = $1", [eventId]),
    ).to.have.lengthOf(1);
  });

  it("that comes before its order waits for it", async () => {
    const [eventId, orderId] = [v7(), v7()];
    const real = await environment.place([course]);
    await environment.pay({ ...real, orderId }, { eventId });
    const [parked] = await environment.query("SELECT reason FROM parked_event WHERE event_id = $1", [
      eventId,
    ]);
    expect(parked?.reason).to.include(orderId);
    await environment.query("UPDATE orders SET id = $2 WHERE id = $1", [real.orderId, orderId]);
    await environment.query("UPDATE order_items SET order_id = $2 WHERE order_id = $1", [
      real.orderId,
      orderId,
    ]);
    await environment.query("UPDATE parked_event SET next_try_at = now()");
    await eventually(async () => {
      const [row] = await environment.query("SELECT status FROM orders WHERE id = $1", [orderId]);
      expect(row?.status).to.equal("PAID");
    });
  });
});

describe("payment.processed for an order that does not wait for it", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("of a second payment for a paid order changes no status and is published as late", async () => {
    const purchase = await environment.place([course]);
    await environment.pay(purchase, { paymentId: v7() });
    await environment.pay(purchase, { paymentId: v7() });
    expect(await statusOf(purchase)).to.equal("PAID");
    expect((await historyOf(purchase)).at(-1)).to.equal("LATE_PAYMENT > PAID");
  });

  it("of an order that a final decline cancelled is recorded as late, and the order stays cancelled", async () => {
    const purchase = await environment.place([course]);
    await environment.beginPayment(purchase);
    await environment.decline(purchase, { retryable: false });
    await environment.pay(purchase, { paymentId: v7() });
    expect(await statusOf(purchase)).to.equal("CANCELLED");
    expect((await historyOf(purchase)).at(-1)).to.equal("LATE_PAYMENT > CANCELLED");
  });

  it("is late for a paid or cancelled order, which BeginPayment rejects", async () => {
    const paid = await environment.placePaid();
    const over = await cancelled();
    for (const [purchase, status] of [
      [paid, "PAID"],
      [over, "CANCELLED"],
    ] as const) {
      const { reason } = await rejectionOf(environment.beginPayment(purchase, v7()));
      expect(reason).to.equal("ORDER_NOT_PAYABLE");
      await environment.pay(purchase, { paymentId: v7() });
      expect(await statusOf(purchase)).to.equal(status);
      expect((await historyOf(purchase)).at(-1)).to.equal(`LATE_PAYMENT > ${status}`);
    }
  });

  it("for a cancelled order is published as late, and its refund changes no sums", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await purchase.buyer.cancelOrder(purchase);
    await environment.pay(purchase);
    expect((await historyOf(purchase)).at(-1)).to.equal("LATE_PAYMENT > CANCELLED");
    const [late] = await environment.eventDataOf(purchase, "order.late_payment");
    expect(late).to.include({
      paymentId: purchase.paymentId,
      amount: 10,
      currency: "EUR",
      status: "cancelled",
    });
    await environment.completeRefund(purchase);
    const order = await read(purchase);
    expect(order.status).to.equal(OrderStatus.CANCELLED);
    expect(order.captured).to.include(eur(0));
    expect(order.refunded).to.include(eur(0));
    expect(await environment.eventDataOf(purchase, "order.refunded")).to.deep.equal([]);
  });

  it("of a second payment is late, and its refund leaves the order PAID", async () => {
    const purchase = await environment.placePaid();
    const second = v7();
    await environment.pay(purchase, { paymentId: second });
    const [late] = await environment.eventDataOf(purchase, "order.late_payment");
    expect(late).to.include({ paymentId: second, status: "confirmed" });
    await environment.completeRefund(purchase, { paymentId: second });
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, paymentId: purchase.paymentId });
    expect(order.refunded).to.include(eur(0));
  });

  const cancelled = async (): Promise<Purchase> => {
    const purchase = await environment.place();
    await purchase.buyer.cancelOrder(purchase);
    return purchase;
  };
});
