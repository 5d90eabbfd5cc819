import { expect } from "chai";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { byPaymentMethod, price, promptRecovery } from "../support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";

describe("A removed payment method", () => {
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

  it("does not block its order: another card can pay it", async () => {
    const orderId = await environment.placeOrder();
    const client = environment.payments(environment.payerOf(orderId));
    const added = { paymentToken: "tok_approve", idempotencyKey: newId() };
    const { paymentMethod } = await client.addPaymentMethod(added);
    const method = byPaymentMethod(paymentMethod!.id);
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    await environment.psp.disconnect();
    expect(reasonOf(await failureOf(client.processPayment(request)))).to.equal("UPSTREAM_UNAVAILABLE");
    await client.removePaymentMethod({ paymentMethodId: paymentMethod!.id });
    const rejected = await failureOf(client.processPayment(request));
    expect(reasonOf(rejected)).to.equal("PAYMENT_METHOD_NOT_FOUND");
    await environment.psp.reconnect();
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
    await environment.pay(orderId);
    await environment.untilOrder(orderId, "PAID");
  });
});
