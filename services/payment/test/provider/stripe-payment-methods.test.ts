import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { byPaymentMethod, price } from "../support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";
import { withStripe } from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";

describe("The Stripe adapter's payment methods", () => {
  let stripe: StripeStandIn;
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    stripe = await stripeStandIn();
    environment = await startPaymentEnvironment({ env: withStripe(stripe) });
  });
  after(async () => {
    await environment?.stop();
    await stripe?.close();
  });

  // What may be charged again and again is a customer's payment method, and both names are needed.
  const token = "cus_7/pm_saved";

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
    expect(stripe.requests.at(-1)!.form).to.include({ customer: "cus_7", payment_method: "pm_saved" });
  });

  it("rejects one that Stripe takes once only, and says what it must be", async () => {
    for (const paymentToken of ["pm_ok", "pm_saved", "cus_8/pm_saved"]) {
      const error = await failureOf(
        environment.payments().addPaymentMethod({ paymentToken, idempotencyKey: newId() }),
      );
      expect([error.code, reasonOf(error)]).to.deep.equal([
        Code.FailedPrecondition,
        "PAYMENT_METHOD_INVALID",
      ]);
      expect(error.rawMessage).to.include("attached to a customer, as cus_…/pm_…");
    }
  });

  it("charges and authorizes a customer's payment method without storing it", async () => {
    const paid = await environment.pay(await environment.placeOrder(), token);
    expect(paid.payment!.status).to.equal(PaymentStatus.PROCESSED);
    const authorized = await environment.authorize(await environment.placeOrder(), token);
    expect(authorized.payment!.status).to.equal(PaymentStatus.AUTHORIZED);
  });
});
