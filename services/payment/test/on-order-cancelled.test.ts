import { expect } from "chai";
import { newId } from "@till/ids";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { euros, operationsOn, said, short, statusOf } from "./support/payment-operations.ts";
import { paymentWorld, shop, type PaymentWorld } from "./support/payment-service.ts";

describe("The payment service, hearing of orders", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: {
        TILL_PSP_TIMEOUT_MS: "2000",
        TILL_RESOLVE_AFTER_SECONDS: "0.3",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.5",
        TILL_GIVE_UP_SECONDS: "1",
      },
      replicas: 2,
    });
  });
  after(() => world?.stop());
  afterEach(() => world.psp.misbehave(undefined));
  const on = () => operationsOn(world);
  const refundEvents = (orderId: string) =>
    world.events(orderId).filter(({ type }) => type.startsWith("payment.refund"));

  it("gives the money of an approved refund back once, however often it is told so", async () => {
    const { id, orderId } = await on().taken();
    const refundId = newId();
    const approved = { paymentId: id, refundId, amount: 20.5, currency: "EUR" };
    const eventId = newId();
    for (let round = 0; round < 5; round++)
      await world.tell("order.refund_approved", orderId, approved, eventId);
    // The same refund under another event's name.
    await world.tell("order.refund_approved", orderId, approved);
    await world.tell("order.cancelled", orderId, {
      paymentId: id,
      refundId,
      refundAmount: 20.5,
      currency: "EUR",
    });
    const { payment, refunds } = await on().untilPayment(id, "PARTIALLY_REFUNDED");
    expect([short(payment)[3], refunds.map(statusOf)]).to.deep.equal([2050, ["SUCCEEDED"]]);
    await eventually(() => expect(refundEvents(orderId)).to.have.length(1));
    expect(refundEvents(orderId)[0]!.data).to.include({
      ...{ orderRefundId: refundId, refundId: refunds[0]!.id, amount: 20.5, refundedTotal: 20.5 },
    });
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2050"]);
  });

  it("gives the money of a cancelled order back under the order's refund", async () => {
    const { id, orderId } = await on().taken();
    const refundId = newId();
    await world.tell("order.cancelled", orderId, {
      paymentId: id,
      refundId,
      refundAmount: 49,
      currency: "EUR",
    });
    await world.tell("order.refund_approved", orderId, {
      paymentId: id,
      refundId,
      amount: 49,
      currency: "EUR",
    });
    await on().untilPayment(id, "REFUNDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("gives all of a late payment back once", async () => {
    const { id, orderId } = await on().taken();
    await on().refund(id, { amount: 9 });
    for (let round = 0; round < 3; round++) {
      await world.tell("order.late_payment", orderId, { paymentId: id, amount: 49, currency: "EUR" });
    }
    const { payment } = await on().untilPayment(id, "REFUNDED");
    expect(short(payment)[3]).to.equal(4900);
    expect(said(await world.ledger(orderId)).slice(1)).to.deep.equal(["refund 900", "refund 4000"]);
    await eventually(() => expect(refundEvents(orderId)).to.have.length(2));
    expect(refundEvents(orderId)[1]!.data).to.not.have.property("orderRefundId");
  });

  it("lets go of what is held for a cancelled order", async () => {
    const { id, orderId } = await on().held();
    await world.tell("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
    await world.tell("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
    await on().untilPayment(id, "VOIDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
  });

  it("gives a captured part back where the order is cancelled, before and after the rest was let go", async () => {
    const open = await on().held();
    await on().capture(open.id, { amount: 10 });
    const closed = await on().held();
    await on().capture(closed.id, { amount: 10 });
    await on().letGo(closed.id);
    for (const { id, orderId } of [open, closed]) {
      await world.tell("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
      const { payment } = await on().untilPayment(id, "REFUNDED");
      expect(short(payment)).to.deep.equal(["REFUNDED", 4900, 1000, 1000]);
      expect(said(await world.ledger(orderId))).to.deep.equal([
        ...["authorize 4900", "capture 1000", "void 3900", "refund 1000"],
      ]);
    }
  });

  it("lets go of what turns out to be held after the order was cancelled", async () => {
    const orderId = await world.place();
    const method = { case: "paymentToken" as const, value: "tok_timeout_after_charge" };
    const amount = { currencyCode: "EUR", units: 49n, nanos: 0 };
    let isMute = true;
    world.psp.misbehave((request, response) => isMute && request.method === "GET" && !!response.destroy());
    const payer = world.payments(world.payerOf(orderId));
    await failureOf(payer.authorizePayment({ orderId, amount, method, idempotencyKey: newId() }));
    const [row] = await world.rows(`SELECT id, status FROM payment WHERE order_id = $1`, [orderId]);
    expect(row!.status).to.equal("UNKNOWN");
    await world.tell("order.cancelled", orderId, { paymentId: row!.id, reason: "USER" });
    isMute = false;
    await on().untilPayment(String(row!.id), "VOIDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
  });

  it("tells the order of a refund that cannot be, without asking the provider", async () => {
    const { id, orderId } = await on().taken();
    const refundId = newId();
    await on().refund(id, { amount: 40 });
    await world.tell("order.refund_approved", orderId, {
      paymentId: id,
      refundId,
      amount: 10,
      currency: "EUR",
    });
    const [, event] = await eventually(() => {
      expect(refundEvents(orderId)).to.have.length(2);
      return refundEvents(orderId);
    });
    expect(event).to.include({ type: "payment.refund_failed" });
    expect(event!.data).to.include({ orderRefundId: refundId, failureCode: "exceeds_captured", amount: 10 });
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4000"]);
  });

  it("makes up for a provider that was away, with one refund in the end", async () => {
    const { id, orderId } = await on().taken();
    await world.psp.shut();
    await world.tell("order.late_payment", orderId, { paymentId: id, amount: 49, currency: "EUR" });
    expect((await on().get(id)).refunds.map(statusOf)).to.deep.equal(["PENDING"]);
    await world.psp.reopen();
    await on().untilPayment(id, "REFUNDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("has nothing to do for an order nobody tried to pay, and waits for a payment it does not know yet", async () => {
    const [unpaid, early] = [newId(), newId()];
    await world.tell("order.cancelled", unpaid, { reason: "EXPIRED" });
    await world.tell("order.cancelled", early, { reason: "EXPIRED", paymentId: newId() });
    const parked = await world.rows(`SELECT key FROM parked_event WHERE key = ANY($1)`, [[unpaid, early]]);
    expect(parked).to.deep.equal([{ key: early }]);
    expect(await world.rows(`SELECT 1 FROM dead_letter`)).to.deep.equal([]);
  });

  describe("from the order service itself", () => {
    const orders = (orderId: string) => world.orders(world.payerOf(orderId));
    const command = (orderId: string) => ({ orderId, idempotencyKey: newId(), reason: "changed my mind" });

    it("gives the money of a paid order back that its user cancels", async () => {
      const { id, orderId } = await on().taken();
      await world.untilOrder(orderId, "PAID");
      await orders(orderId).cancelOrder(command(orderId));
      await on().untilPayment(id, "REFUNDED");
      await world.untilOrder(orderId, "REFUNDED");
      expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
    });

    it("gives the part back that an admin approves", async () => {
      const { id, orderId } = await on().taken();
      await world.untilOrder(orderId, "PAID");
      await orders(orderId).requestRefund(command(orderId));
      const approval = { orderId, idempotencyKey: newId(), amount: euros(20) };
      await world.orders(shop, "admin").approveRefund(approval);
      await on().untilPayment(id, "PARTIALLY_REFUNDED");
      const order = await eventually(async () => {
        const found = await world.untilOrder(orderId, "PAID");
        expect(found.refunded!.units).to.equal(20n);
        return found;
      });
      expect(order.captured!.units).to.equal(49n);
      expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2000"]);
    });

    it("gives money back that came to light after the order was cancelled", async () => {
      const orderId = await world.place();
      let isMute = true;
      world.psp.misbehave((request, response) => isMute && request.method === "GET" && !!response.destroy());
      await failureOf(world.pay(orderId, "tok_timeout_after_charge"));
      await orders(orderId).cancelOrder(command(orderId));
      isMute = false;
      const [row] = await world.rows(`SELECT id FROM payment WHERE order_id = $1`, [orderId]);
      await on().untilPayment(String(row!.id), "REFUNDED");
      await world.untilOrder(orderId, "CANCELLED");
      expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
    });

    it("lets go of what is held for an order that its user cancels", async () => {
      const { id, orderId } = await on().held();
      await orders(orderId).cancelOrder(command(orderId));
      await on().untilPayment(id, "VOIDED");
      expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
    });
  });
});
