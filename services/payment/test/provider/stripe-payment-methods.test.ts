import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { paymentWorld, price, type PaymentWorld } from "../support/payment-service.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";

describe("With Stripe as the provider", () => {
  let stripe: StripeStandIn;
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    stripe = await stripeStandIn();
    world = await paymentWorld({
      env: {
        TILL_PROVIDER: "stripe",
        TILL_STRIPE_SECRET_KEY: "sk_test_0123456789",
        TILL_STRIPE_API_URL: stripe.url,
      },
    });
  });
  after(async () => {
    await world?.stop();
    await stripe?.close();
  });

  // What may be charged again and again is a customer's payment method, and both names are needed.
  const token = "cus_7/pm_ok";

  it("a card is stored and charged by its customer's name for it", async () => {
    const orderId = await world.place();
    const payments = world.payments(world.payerOf(orderId));
    const { paymentMethod } = await payments.addPaymentMethod({
      paymentToken: token,
      idempotencyKey: newId(),
    });
    const method = { case: "paymentMethodId" as const, value: paymentMethod!.id };
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    const { payment } = await payments.processPayment(request);
    expect(payment).to.include({ status: PaymentStatus.PROCESSED, paymentMethod: "card" });
    expect(stripe.asked.at(-1)!.form).to.include({ customer: "cus_7", payment_method: "pm_ok" });
  });

  it("a card is charged and held by such a token itself", async () => {
    const paid = await world.pay(await world.place(), token);
    expect(paid.payment!.status).to.equal(PaymentStatus.PROCESSED);
    const orderId = await world.place();
    const method = { case: "paymentToken" as const, value: token };
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    const held = await world.payments(world.payerOf(orderId)).authorizePayment(request);
    expect(held.payment!.status).to.equal(PaymentStatus.AUTHORIZED);
  });
});
