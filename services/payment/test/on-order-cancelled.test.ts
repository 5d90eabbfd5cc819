import { expect } from "chai";
import { newId } from "@till/ids";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { eur, shop } from "../../../test/support/fixtures.ts";
import { fastRecovery, shortProviderTimeout } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, statusOf, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("The payment service, hearing of orders", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: {
        ...shortProviderTimeout,
        ...fastRecovery,
        TILL_GIVE_UP_SECONDS: "1",
      },
      replicas: 2,
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);
  const refundEvents = (orderId: string) =>
    environment.events(orderId).filter(({ type }) => type.startsWith("payment.refund"));

  it("gives the money of an approved refund back once, however often it is told so", async () => {
    const { id, orderId } = await operations().charge();
    const refundId = newId();
    const approved = { paymentId: id, refundId, amount: 20.5, currency: "EUR" };
    const eventId = newId();
    for (let round = 0; round < 5; round++)
      await environment.publishOrderEvent("order.refund_approved", orderId, approved, eventId);
    // The same refund under another event's name.
    await environment.publishOrderEvent("order.refund_approved", orderId, approved);
    await environment.publishOrderEvent("order.cancelled", orderId, {
      paymentId: id,
      refundId,
      refundAmount: 20.5,
      currency: "EUR",
    });
    const { payment, refunds } = await operations().untilPayment(id, "PARTIALLY_REFUNDED");
    expect([summaryOf(payment)[3], refunds.map(statusOf)]).to.deep.equal([2050, ["SUCCEEDED"]]);
    await eventually(() => expect(refundEvents(orderId)).to.have.length(1));
    expect(refundEvents(orderId)[0]!.data).to.include({
      ...{ orderRefundId: refundId, refundId: refunds[0]!.id, amount: 20.5, refundedTotal: 20.5 },
    });
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2050"]);
  });

  it("gives the money of a cancelled order back under the order's refund", async () => {
    const { id, orderId } = await operations().charge();
    const refundId = newId();
    await environment.publishOrderEvent("order.cancelled", orderId, {
      paymentId: id,
      refundId,
      refundAmount: 49,
      currency: "EUR",
    });
    await environment.publishOrderEvent("order.refund_approved", orderId, {
      paymentId: id,
      refundId,
      amount: 49,
      currency: "EUR",
    });
    await operations().untilPayment(id, "REFUNDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("gives all of a late payment back once", async () => {
    const { id, orderId } = await operations().charge();
    await operations().refund(id, { amount: 9 });
    for (let round = 0; round < 3; round++) {
      await environment.publishOrderEvent("order.late_payment", orderId, {
        paymentId: id,
        amount: 49,
        currency: "EUR",
      });
    }
    const { payment } = await operations().untilPayment(id, "REFUNDED");
    expect(summaryOf(payment)[3]).to.equal(4900);
    expect(ledgerLines(await environment.ledger(orderId)).slice(1)).to.deep.equal([
      "refund 900",
      "refund 4000",
    ]);
    await eventually(() => expect(refundEvents(orderId)).to.have.length(2));
    expect(refundEvents(orderId)[1]!.data).to.not.have.property("orderRefundId");
  });

  it("lets go of what is held for a cancelled order", async () => {
    const { id, orderId } = await operations().authorize();
    await environment.publishOrderEvent("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
    await environment.publishOrderEvent("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
    await operations().untilPayment(id, "VOIDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
  });

  it("gives a captured part back where the order is cancelled, before and after the rest was let go", async () => {
    const open = await operations().authorize();
    await operations().capture(open.id, { amount: 10 });
    const closed = await operations().authorize();
    await operations().capture(closed.id, { amount: 10 });
    await operations().void(closed.id);
    for (const { id, orderId } of [open, closed]) {
      await environment.publishOrderEvent("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
      const { payment } = await operations().untilPayment(id, "REFUNDED");
      expect(summaryOf(payment)).to.deep.equal(["REFUNDED", 4900, 1000, 1000]);
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal([
        ...["authorize 4900", "capture 1000", "void 3900", "refund 1000"],
      ]);
    }
  });

  it("lets go of what turns out to be held after the order was cancelled", async () => {
    const orderId = await environment.placeOrder();
    let isMute = true;
    environment.psp.intercept(
      (request, response) => isMute && request.method === "GET" && !!response.destroy(),
    );
    await failureOf(environment.authorize(orderId, "tok_timeout_after_charge"));
    const { id, status } = await environment.storedPayment(orderId);
    expect(status).to.equal("UNKNOWN");
    await environment.publishOrderEvent("order.cancelled", orderId, { paymentId: id, reason: "USER" });
    isMute = false;
    await operations().untilPayment(id, "VOIDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
  });

  it("tells the order of a refund that cannot be, without asking the provider", async () => {
    const { id, orderId } = await operations().charge();
    const refundId = newId();
    await operations().refund(id, { amount: 40 });
    await environment.publishOrderEvent("order.refund_approved", orderId, {
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
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4000"]);
  });

  it("makes up for a provider that was away, with one refund in the end", async () => {
    const { id, orderId } = await operations().charge();
    await environment.psp.disconnect();
    await environment.publishOrderEvent("order.late_payment", orderId, {
      paymentId: id,
      amount: 49,
      currency: "EUR",
    });
    expect((await operations().get(id)).refunds.map(statusOf)).to.deep.equal(["PENDING"]);
    await environment.psp.reconnect();
    await operations().untilPayment(id, "REFUNDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("has nothing to do for an order nobody tried to pay, and waits for a payment it does not know yet", async () => {
    const [unpaid, early] = [newId(), newId()];
    await environment.publishOrderEvent("order.cancelled", unpaid, { reason: "EXPIRED" });
    await environment.publishOrderEvent("order.cancelled", early, { reason: "EXPIRED", paymentId: newId() });
    const parked = await environment.query(`SELECT key FROM parked_event WHERE key = ANY($1)`, [
      [unpaid, early],
    ]);
    expect(parked).to.deep.equal([{ key: early }]);
    expect(await environment.query(`SELECT 1 FROM dead_letter`)).to.deep.equal([]);
  });

  describe("from the order service itself", () => {
    const orders = (orderId: string) => environment.orders(environment.payerOf(orderId));
    const command = (orderId: string) => ({ orderId, idempotencyKey: newId(), reason: "changed my mind" });

    it("gives the money of a paid order back that its user cancels", async () => {
      const { id, orderId } = await operations().charge();
      await environment.untilOrder(orderId, "PAID");
      await orders(orderId).cancelOrder(command(orderId));
      await operations().untilPayment(id, "REFUNDED");
      await environment.untilOrder(orderId, "REFUNDED");
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
    });

    it("gives the part back that an admin approves", async () => {
      const { id, orderId } = await operations().charge();
      await environment.untilOrder(orderId, "PAID");
      await orders(orderId).requestRefund(command(orderId));
      const approval = { orderId, idempotencyKey: newId(), amount: eur(20) };
      await environment.orders(shop, "admin").approveRefund(approval);
      await operations().untilPayment(id, "PARTIALLY_REFUNDED");
      const order = await eventually(async () => {
        const found = await environment.untilOrder(orderId, "PAID");
        expect(found.refunded!.units).to.equal(20n);
        return found;
      });
      expect(order.captured!.units).to.equal(49n);
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 2000"]);
    });

    it("gives money back that came to light after the order was cancelled", async () => {
      const orderId = await environment.placeOrder();
      let isMute = true;
      environment.psp.intercept(
        (request, response) => isMute && request.method === "GET" && !!response.destroy(),
      );
      await failureOf(environment.pay(orderId, "tok_timeout_after_charge"));
      await orders(orderId).cancelOrder(command(orderId));
      isMute = false;
      const { id } = await environment.storedPayment(orderId);
      await operations().untilPayment(id, "REFUNDED");
      await environment.untilOrder(orderId, "CANCELLED");
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
    });

    it("lets go of what is held for an order that its user cancels", async () => {
      const { id, orderId } = await operations().authorize();
      await orders(orderId).cancelOrder(command(orderId));
      await operations().untilPayment(id, "VOIDED");
      expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
    });
  });
});
