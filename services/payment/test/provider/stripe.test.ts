import { newId } from "@till/ids";
import { money } from "@till/money";
import { expect } from "chai";
import { Stripe } from "stripe";
import { webhookSecret } from "../support/fixtures.ts";
import { stripeEvent } from "../support/stripe-dashboard.ts";
import {
  chargeWith,
  eurMinor as eur,
  operation,
  stripeKey as secretKey,
} from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { describeProvider } from "./suite/describe-provider.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";
import type { Provider } from "../../src/rules/provider.ts";

const returnUrl = "https://shop.test/back";

describeProvider({
  name: "Stripe",
  start: stripeStandIn,
  settings: ({ url: apiUrl, timeoutMs }) => ({
    kind: "stripe",
    ...{ secretKey, apiUrl, returnUrl, webhookSecret, timeoutMs },
  }),
  tokens: {
    approved: "pm_ok",
    stored: "cus_7/pm_saved",
    unknown: "cus_7/pm_missing",
    captureInParts: "pm_multi",
    requiresAction: "pm_3ds",
    refundPending: "pm_refund_pending",
  },
  declines: Object.entries({
    insufficient_funds: true,
    expired_card: true,
    incorrect_cvc: true,
    processing_error: true,
    do_not_honor: true,
    stolen_card: false,
    fraudulent: false,
  }).map(([code, retryable]) => ({ token: `pm_${code}`, code, retryable })),
  webhooks: {
    body: (payment_id) => stripeEvent("payment_intent.succeeded", { id: "pi_1", metadata: { payment_id } }),
    foreignBody: () => stripeEvent("payment_intent.succeeded", { id: "pi_1", metadata: {} }),
    headers(payload, { secret, atMs }) {
      const timestamp = Math.floor(atMs / 1000);
      return { "stripe-signature": Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
    },
  },
});

describe("The Stripe adapter", () => {
  let stripe: StripeStandIn;
  let provider: Provider;
  beforeEach(async () => {
    stripe = await stripeStandIn();
    provider = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 10_000, returnUrl });
  });
  afterEach(() => stripe.close());

  const posts = () => stripe.requests.filter(({ what }) => what.startsWith("POST"));

  it("charges a card under our payment's id", async () => {
    const charge = chargeWith("cus_7/pm_saved");
    const outcome = await provider.charge(charge);
    expect(outcome).to.deep.nested.include({ "card.last4": "4242", "card.expYear": 2034 });
    expect(posts()[0]!.key).to.equal(`${charge.paymentId}:charge`);
    expect(posts()[0]!.form).to.include({
      amount: "10000",
      currency: "eur",
      confirm: "true",
      capture_method: "automatic",
      payment_method: "pm_saved",
      customer: "cus_7",
      "metadata[payment_id]": charge.paymentId,
      "metadata[order_id]": charge.orderId,
    });
  });

  it("takes the PaymentIntent of another payment for unknown, and one that does not exist for missing", async () => {
    const ref = { paymentId: newId() };
    await provider.charge(chargeWith("pm_ok"));
    expect(await provider.find({ ...ref, transactionId: "pi_1" })).to.include({ kind: "unknown" });
    expect(await provider.find({ ...ref, transactionId: "pi_9" })).to.deep.equal({ kind: "missing" });
  });

  it("finds a payment that the search does not have yet in Stripe's list, before it fails", async () => {
    const charge = chargeWith("pm_ok");
    const attemptedSince = new Date();
    for (const one of [charge, chargeWith("pm_ok"), chargeWith("pm_ok")]) await provider.charge(one);
    stripe.searchLags = true;
    expect(await provider.find(charge)).to.deep.equal({ kind: "missing" });
    expect(await provider.find({ ...charge, attemptedSince })).to.include({ kind: "approved" });
    const missing = await provider.find({ paymentId: newId(), attemptedSince });
    expect(missing).to.deep.equal({ kind: "missing" });
  });

  it("finds nothing where Stripe has a PaymentIntent that was never tried", async () => {
    const charge = chargeWith("pm_ok");
    await provider.charge(charge);
    for (const status of ["requires_confirmation", "requires_payment_method"]) {
      Object.assign(stripe.intents[0]!, { status, amount_received: 0, latest_charge: null });
      expect(await provider.find(charge), status).to.deep.equal({ kind: "missing" });
    }
  });

  it("reads the payment of a transaction", async () => {
    const charge = chargeWith("pm_ok");
    await provider.charge(charge);
    expect(await provider.findPaymentId("pi_1")).to.deep.equal({ paymentId: charge.paymentId });
    for (const metadata of [{}, { payment_id: "theirs" }]) {
      stripe.intents[0]!.metadata = metadata;
      expect(await provider.findPaymentId("pi_1")).to.deep.equal({ kind: "missing" });
    }
    expect(await provider.findPaymentId("pi_9")).to.deep.equal({ kind: "missing" });
  });

  it("captures once where the card does not support parts", async () => {
    const charge = chargeWith("pm_ok");
    await provider.authorize(charge);
    await provider.capture(operation("capture", charge.paymentId, 4_000n));
    const next = await provider.capture(operation("capture", charge.paymentId, 1_000n));
    expect(next).to.include({ kind: "failed", code: "payment_intent_unexpected_state" });
    expect(await provider.find(charge)).to.deep.include({ kind: "approved", amount: eur(4_000n) });
  });

  for (const status of ["canceled", "succeeded"])
    it(`voids the rest of a part that was captured, after which the PaymentIntent is ${status}`, async () => {
      const charge = chargeWith("pm_multi");
      await provider.authorize(charge);
      await provider.capture(operation("capture", charge.paymentId, 4_000n));
      const rest = operation("void", charge.paymentId, 6_000n);
      const voided = { kind: "succeeded", transactionId: "pi_1", amount: eur(6_000n) };
      stripe.statusAfterCancel = status;
      expect(await provider.void(rest)).to.deep.equal(voided);
      expect(await provider.findOperation(rest)).to.deep.equal(voided);
      const found = await provider.find(charge);
      expect(found).to.deep.include({ kind: "approved", amount: eur(4_000n), captured: eur(4_000n) });
    });

  it("refunds under our refund's id, later or not at all", async () => {
    const charge = chargeWith("pm_ok");
    await provider.charge(charge);
    const refund = operation("refund", charge.paymentId, 6_000n);
    expect(await provider.refund(refund)).to.include({ kind: "succeeded", transactionId: "re_1" });
    expect(posts().at(-1)!.key).to.equal(`${refund.id}:refund`);
    stripe.refunds[0]!.status = "pending";
    expect(await provider.findOperation(refund)).to.deep.equal({ kind: "pending", transactionId: "re_1" });
    Object.assign(stripe.refunds[0]!, { status: "failed", failure_reason: "lost_or_stolen_card" });
    const failed = await provider.findOperation(refund);
    expect(failed).to.include({ kind: "failed", code: "lost_or_stolen_card", retryable: false });
  });

  it("returns the bank's URL, or declines without a return URL", async () => {
    const away = await provider.charge(chargeWith("pm_3ds"));
    expect(away).to.deep.equal({
      kind: "requires-action",
      transactionId: "pi_1",
      url: "https://bank.test/3ds",
    });
    const without = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 10_000 });
    const declined = await without.charge(chargeWith("pm_3ds"));
    expect(declined).to.include({ kind: "declined", code: "authentication_required", retryable: true });
  });

  it("declines a missing payment method", async () => {
    const declined = await provider.charge(chargeWith("pm_missing"));
    expect(declined).to.include({ kind: "declined", code: "resource_missing", retryable: true });
    expect(await provider.describeCard("cus_7/pm_missing")).to.deep.equal({ kind: "invalid" });
  });

  it("declines a payment method that was charged before, or is a customer's that is not named", async () => {
    const again = await provider.charge(chargeWith("pm_once"));
    expect(again).to.deep.include({ kind: "declined", reason: "It may not be used again. Attach it first." });
    const others = await provider.charge(chargeWith("pm_saved"));
    expect(others).to.deep.include({ kind: "declined", code: "parameter_missing" });
  });

  it("describes a customer's payment method, and no other: it could not be charged again", async () => {
    const wanted = "a PaymentMethod that is attached to a customer, as cus_…/pm_…";
    for (const token of ["pm_saved", "pm_ok", "cus_7/pm_ok", "cus_8/pm_saved"])
      expect(await provider.describeCard(token), token).to.deep.equal({ kind: "invalid", wanted });
    expect(await provider.describeCard("cus_7/pm_saved")).to.deep.equal({
      brand: "visa",
      last4: "4242",
      expMonth: 12,
      expYear: 2034,
    });
  });

  it("declines an unsupported amount without a request", async () => {
    const declined = await provider.charge(chargeWith("pm_ok", money("KWD", 5_124n)));
    expect(declined).to.include({ kind: "declined", code: "amount_unsupported", retryable: false });
    expect(stripe.requests).to.have.length(0);
    expect(await provider.charge(chargeWith("pm_ok", money("ISK", 5n)))).to.deep.include({
      kind: "approved",
      amount: money("ISK", 5n),
    });
    expect(posts()[0]!.form).to.include({ amount: "500", currency: "isk" });
  });
});
