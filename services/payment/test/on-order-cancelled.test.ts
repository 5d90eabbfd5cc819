import { expect } from "chai";
import { newId } from "@till/ids";
import { failureOf } from "../../../test/support/failure-of.ts";
import { promptRecovery } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("order.cancelled", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: promptRecovery,
      replicas: 2,
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);

  it("refunds a cancelled order once, under the order's refund id", async () => {
    const { id, orderId } = await operations().charge();
    const refundId = newId();
    await environment.publishOrderEvent("order.cancelled", orderId, {
      paymentId: id,
      reason: "USER",
      captured: 49,
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

  it("voids the authorization of a cancelled order", async () => {
    const { id, orderId } = await operations().authorize();
    await environment.publishOrderEvent("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
    await environment.publishOrderEvent("order.cancelled", orderId, { paymentId: id, reason: "EXPIRED" });
    await operations().untilPayment(id, "VOIDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["authorize 4900", "void 4900"]);
  });

  it("refunds a captured part, before and after the rest was voided", async () => {
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

  it("voids an authorization that is found after the cancellation", async () => {
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

  it("ignores an order without payments, and parks the event for an unknown payment", async () => {
    const [unpaid, early] = [newId(), newId()];
    await environment.publishOrderEvent("order.cancelled", unpaid, { reason: "EXPIRED" });
    await environment.publishOrderEvent("order.cancelled", early, { reason: "EXPIRED", paymentId: newId() });
    const parked = await environment.query(`SELECT key FROM parked_event WHERE key = ANY($1)`, [
      [unpaid, early],
    ]);
    expect(parked).to.deep.equal([{ key: early }]);
    expect(await environment.query(`SELECT 1 FROM dead_letter`)).to.deep.equal([]);
  });

  it("leaves captured money to the refund of an order that counts it", async () => {
    const { id, orderId } = await operations().charge();
    await environment.publishOrderEvent("order.cancelled", orderId, {
      paymentId: id,
      reason: "USER",
      captured: 49,
    });
    expect((await operations().get(id)).refunds).to.deep.equal([]);
  });
});
