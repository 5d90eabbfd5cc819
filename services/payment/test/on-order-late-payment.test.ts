import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { operationsOn, said, short, statusOf } from "./support/payment-operations.ts";
import { paymentWorld, price, type PaymentWorld } from "./support/payment-service.ts";
import { json } from "./support/psp-proxy.ts";

describe("Money that is owed", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: {
        TILL_RESOLVE_AFTER_SECONDS: "0.3",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.5",
        TILL_GIVE_UP_SECONDS: "1",
      },
    });
  });
  after(() => world?.stop());
  afterEach(() => world.psp.misbehave(undefined));
  const on = () => operationsOn(world);
  const late = (orderId: string, paymentId: string) =>
    world.tell("order.late_payment", orderId, { paymentId, amount: 49, currency: "EUR" });
  const declineRefunds = () =>
    world.psp.misbehave((request, response) => {
      if (request.method !== "POST" || !request.url?.endsWith("/refunds")) return false;
      const error = { code: "try_again_later", message: "not now", retryable: true };
      json(response, 402, { error });
      return true;
    });
  const untilRefunds = (id: string, ...states: string[]) =>
    eventually(async () => expect((await on().get(id)).refunds.map(statusOf)).to.deep.equal(states));
  /** Nobody waits for hours here. */
  const dueNow = (paymentId: string) =>
    world.rows(
      `UPDATE operation SET attempt_until = NULL, check_at = now() WHERE status = 'PENDING' AND payment_id = $1`,
      [paymentId],
    );

  it("for a late payment is tried to be given back again where the provider declined", async () => {
    const { id, orderId } = await on().taken();
    declineRefunds();
    await late(orderId, id);
    await untilRefunds(id, "FAILED", "PENDING");
    await dueNow(id);
    await untilRefunds(id, "FAILED", "FAILED", "PENDING");
    world.psp.misbehave(undefined);
    await dueNow(id);
    await untilRefunds(id, "FAILED", "FAILED", "SUCCEEDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("of a stray charge is tried to be given back again, too", async () => {
    const orderId = await world.place();
    declineRefunds();
    await failureOf(world.pay(orderId, "tok_wrong_amount"));
    const [row] = await world.rows(`SELECT id FROM payment WHERE order_id = $1`, [orderId]);
    const id = String(row!.id);
    await untilRefunds(id, "FAILED", "PENDING");
    world.psp.misbehave(undefined);
    await dueNow(id);
    await untilRefunds(id, "FAILED", "SUCCEEDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4899", "refund 4899"]);
  });

  it("for a late payment goes back though another refund of it was under way and failed", async () => {
    const { id, orderId } = await on().taken("tok_refund_pending_then_failed");
    await on().refund(id);
    await late(orderId, id);
    const { refunds } = await eventually(async () => {
      const now = await on().get(id);
      // The provider fails the second as well, after a while.
      expect(now.refunds).to.have.length.of.at.least(2);
      return now;
    });
    expect(statusOf(refunds[0])).to.equal("FAILED");
    expect(refunds[1]!.amount).to.include(price);
  });

  it("goes back where the order was cancelled without ever having heard of it", async () => {
    const { id, orderId } = await on().taken();
    const news = { paymentId: id, reason: "EXPIRED", captured: 0 };
    await world.tell("order.cancelled", orderId, news);
    await late(orderId, id);
    await on().untilPayment(id, "REFUNDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("by an order that counts it is left to the order's own refund", async () => {
    const { id, orderId } = await on().taken();
    await world.tell("order.cancelled", orderId, { paymentId: id, reason: "USER", captured: 49 });
    expect((await on().get(id)).refunds).to.deep.equal([]);
  });

  it("is not asked for again where it went back at the provider without us", async () => {
    const { id, orderId } = await on().taken();
    await world.untilOrder(orderId, "PAID");
    await fetch(`${world.env.TILL_PSP_URL}/payments/${id}/refunds`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": newId() },
      body: JSON.stringify({ amount: 4900 }),
    });
    const user = world.orders(world.payerOf(orderId));
    await user.cancelOrder({ orderId, idempotencyKey: newId(), reason: "" });
    await world.untilOrder(orderId, "REFUNDED");
    expect(short((await on().get(id)).payment)).to.deep.equal(["REFUNDED", 4900, 4900, 4900]);
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("by nobody is waited for: an order whose payer took the card away can be paid with another", async () => {
    const orderId = await world.place();
    const client = world.payments(world.payerOf(orderId));
    const added = { paymentToken: "tok_approve", idempotencyKey: newId() };
    const { paymentMethod } = await client.addPaymentMethod(added);
    const method = { case: "paymentMethodId" as const, value: paymentMethod!.id };
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    await world.psp.shut();
    expect(reasonOf(await failureOf(client.processPayment(request)))).to.equal("UPSTREAM_UNAVAILABLE");
    await client.removePaymentMethod({ paymentMethodId: paymentMethod!.id });
    const refused = await failureOf(client.processPayment(request));
    expect(reasonOf(refused)).to.equal("PAYMENT_METHOD_NOT_FOUND");
    await world.psp.reopen();
    await world.untilOrder(orderId, "PAYMENT_FAILED");
    await world.pay(orderId);
    await world.untilOrder(orderId, "PAID");
  });
});
