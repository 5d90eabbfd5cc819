import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { byPaymentMethod, fastRecovery, price } from "./support/fixtures.ts";
import {
  ledgerLines,
  paymentOperations,
  refundAtProvider,
  statusOf,
  summaryOf,
} from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { json } from "./support/psp-proxy.ts";

describe("Money that is owed", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: {
        ...fastRecovery,
        TILL_GIVE_UP_SECONDS: "1",
      },
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);
  const late = (orderId: string, paymentId: string) =>
    environment.publishOrderEvent("order.late_payment", orderId, { paymentId, amount: 49, currency: "EUR" });
  const declineRefunds = () =>
    environment.psp.intercept((request, response) => {
      if (request.method !== "POST" || !request.url?.endsWith("/refunds")) return false;
      const error = { code: "try_again_later", message: "not now", retryable: true };
      json(response, 402, { error });
      return true;
    });
  const untilRefunds = (id: string, ...states: string[]) =>
    eventually(async () => expect((await operations().get(id)).refunds.map(statusOf)).to.deep.equal(states));
  /** Nobody waits for hours here. */
  const dueNow = (paymentId: string) =>
    environment.query(
      `UPDATE operation SET attempt_until = NULL, check_at = now() WHERE status = 'PENDING' AND payment_id = $1`,
      [paymentId],
    );

  it("for a late payment is tried to be given back again where the provider declined", async () => {
    const { id, orderId } = await operations().charge();
    declineRefunds();
    await late(orderId, id);
    await untilRefunds(id, "FAILED", "PENDING");
    await dueNow(id);
    await untilRefunds(id, "FAILED", "FAILED", "PENDING");
    environment.psp.intercept(undefined);
    await dueNow(id);
    await untilRefunds(id, "FAILED", "FAILED", "SUCCEEDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("of a stray charge is tried to be given back again, too", async () => {
    const orderId = await environment.placeOrder();
    declineRefunds();
    await failureOf(environment.pay(orderId, "tok_wrong_amount"));
    const { id } = await environment.storedPayment(orderId);
    await untilRefunds(id, "FAILED", "PENDING");
    environment.psp.intercept(undefined);
    await dueNow(id);
    await untilRefunds(id, "FAILED", "SUCCEEDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4899", "refund 4899"]);
  });

  it("for a late payment goes back though another refund of it was under way and failed", async () => {
    const { id, orderId } = await operations().charge("tok_refund_pending_then_failed");
    await operations().refund(id);
    await late(orderId, id);
    const { refunds } = await eventually(async () => {
      const now = await operations().get(id);
      // The provider fails the second as well, after a while.
      expect(now.refunds).to.have.length.of.at.least(2);
      return now;
    });
    expect(statusOf(refunds[0])).to.equal("FAILED");
    expect(refunds[1]!.amount).to.include(price);
  });

  it("goes back where the order was cancelled without ever having heard of it", async () => {
    const { id, orderId } = await operations().charge();
    const news = { paymentId: id, reason: "EXPIRED", captured: 0 };
    await environment.publishOrderEvent("order.cancelled", orderId, news);
    await late(orderId, id);
    await operations().untilPayment(id, "REFUNDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("by an order that counts it is left to the order's own refund", async () => {
    const { id, orderId } = await operations().charge();
    await environment.publishOrderEvent("order.cancelled", orderId, {
      paymentId: id,
      reason: "USER",
      captured: 49,
    });
    expect((await operations().get(id)).refunds).to.deep.equal([]);
  });

  it("is not asked for again where it went back at the provider without us", async () => {
    const { id, orderId } = await operations().charge();
    await environment.untilOrder(orderId, "PAID");
    await refundAtProvider(environment, id, 4900);
    const user = environment.orders(environment.payerOf(orderId));
    await user.cancelOrder({ orderId, idempotencyKey: newId(), reason: "" });
    await environment.untilOrder(orderId, "REFUNDED");
    expect(summaryOf((await operations().get(id)).payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("by nobody is waited for: an order whose payer took the card away can be paid with another", async () => {
    const orderId = await environment.placeOrder();
    const client = environment.payments(environment.payerOf(orderId));
    const added = { paymentToken: "tok_approve", idempotencyKey: newId() };
    const { paymentMethod } = await client.addPaymentMethod(added);
    const method = byPaymentMethod(paymentMethod!.id);
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    await environment.psp.disconnect();
    expect(reasonOf(await failureOf(client.processPayment(request)))).to.equal("UPSTREAM_UNAVAILABLE");
    await client.removePaymentMethod({ paymentMethodId: paymentMethod!.id });
    const refused = await failureOf(client.processPayment(request));
    expect(reasonOf(refused)).to.equal("PAYMENT_METHOD_NOT_FOUND");
    await environment.psp.reconnect();
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
    await environment.pay(orderId);
    await environment.untilOrder(orderId, "PAID");
  });
});
