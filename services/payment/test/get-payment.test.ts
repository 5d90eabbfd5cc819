import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../test/support/failure-of.ts";
import { bo, newUser, shop } from "../../../test/support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("GetPayment", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(() => environment?.stop());

  it("returns a payment to its payer, to admins and to services", async () => {
    const { payment } = await environment.pay(await environment.placeOrder());
    const paymentId = payment!.id.toUpperCase();
    for (const client of [
      environment.payments(payment!.userId),
      environment.payments(bo, "admin"),
      environment.payments(shop, "service"),
    ]) {
      const { payment: seen } = await client.getPayment({ paymentId });
      expect({ ...seen, card: undefined }).to.deep.equal({ ...payment, card: undefined });
    }
  });

  it("returns the whole card to its owner, no expiry to admins, no card to services", async () => {
    const user = newUser();
    const { payment } = await environment.pay(await environment.placeOrder(user), "tok_slow", { user });
    const cardAs = async (client: ReturnType<typeof environment.payments>) => {
      const { payments } = await client.listPayments({ orderId: payment!.orderId });
      const { payment: read } = await client.getPayment({ paymentId: payment!.id });
      expect(payments[0]!.card).to.deep.equal(read!.card);
      return read!.card;
    };
    expect(await cardAs(environment.payments(user))).to.deep.include({
      brand: "mastercard",
      last4: "4444",
      expYear: 2033,
    });
    expect(await cardAs(environment.payments(bo, "admin"))).to.include({
      last4: "4444",
      expMonth: 0,
      expYear: 0,
    });
    expect(await cardAs(environment.payments(shop, "service"))).to.equal(undefined);
  });

  it("returns the action URL to the payer and to services alone", async () => {
    const user = newUser();
    const { payment } = await environment.pay(await environment.placeOrder(user), "tok_requires_action", {
      user,
    });
    const addressAs = async (client: ReturnType<typeof environment.payments>) =>
      (await client.getPayment({ paymentId: payment!.id })).payment!.actionUrl;
    expect(await addressAs(environment.payments(user))).to.match(/^http/);
    expect(await addressAs(environment.payments(shop, "service"))).to.equal(payment!.actionUrl);
    expect(await addressAs(environment.payments(bo, "admin"))).to.equal("");
  });

  it("returns why a payment failed", async () => {
    const orderId = await environment.placeOrder();
    await failureOf(environment.pay(orderId, "tok_decline"));
    const { id } = await environment.storedPayment(orderId);
    const { payment } = await environment
      .payments(environment.payerOf(orderId))
      .getPayment({ paymentId: id });
    expect(payment).to.include({
      status: PaymentStatus.FAILED,
      failureCode: "insufficient_funds",
      failureReason: "The card has too little money.",
    });
    expect(payment!.transactionId).to.match(/^ch_/);
    expect(payment!.captured).to.include({ units: 0n, nanos: 0 });
  });

  it("returns PAYMENT_NOT_FOUND for another user's payment and for an unknown id", async () => {
    const { payment } = await environment.pay(await environment.placeOrder());
    for (const paymentId of [payment!.id, newId()]) {
      const error = await failureOf(environment.payments(bo).getPayment({ paymentId }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "PAYMENT_NOT_FOUND"]);
    }
  });
});
