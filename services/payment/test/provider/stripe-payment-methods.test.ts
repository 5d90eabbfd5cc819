import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { byPaymentMethod, price } from "../support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";

describe("The Stripe adapter's payment methods", () => {
  let stripe: StripeStandIn;
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    stripe = await stripeStandIn();
    environment = await startPaymentEnvironment({
      env: {
        TILL_PROVIDER: "stripe",
        TILL_STRIPE_SECRET_KEY: "sk_test_0123456789",
        TILL_STRIPE_API_URL: stripe.url,
      },
    });
  });
  after(async () => {
    await environment?.stop();
    await stripe?.close();
  });

  // What may be charged again and again is a customer's payment method, and both names are needed.
  const token = "cus_7/pm_ok";

  it("stores and charges a customer's payment method", async () => {
    const orderId = await environment.placeOrder();
    const payments = environment.payments(environment.payerOf(orderId));
    const { paymentMethod } = await payments.addPaymentMethod({
      paymentToken: token,
      idempotencyKey: newId(),
    });
    const method = byPaymentMethod(paymentMethod!.id);
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    const { payment } = await payments.processPayment(request);
    expect(payment).to.include({ status: PaymentStatus.PROCESSED, paymentMethod: "card" });
    expect(stripe.requests.at(-1)!.form).to.include({ customer: "cus_7", payment_method: "pm_ok" });
  });

  it("charges and authorizes a customer's payment method without storing it", async () => {
    const paid = await environment.pay(await environment.placeOrder(), token);
    expect(paid.payment!.status).to.equal(PaymentStatus.PROCESSED);
    const authorized = await environment.authorize(await environment.placeOrder(), token);
    expect(authorized.payment!.status).to.equal(PaymentStatus.AUTHORIZED);
  });
});
