import { newId } from "@till/ids";
import { money } from "@till/money";
import { expect } from "chai";
import {
  chargeWith,
  eurMinor as eur,
  operation,
  stripeKey as secretKey,
} from "../support/stripe-operation.ts";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";
import type { Provider } from "../../src/rules/provider.ts";

const returnUrl = "https://shop.test/back";

describe("The Stripe adapter", () => {
  let stripe: StripeStandIn;
  let provider: Provider;
  beforeEach(async () => {
    stripe = await stripeStandIn();
    provider = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 10_000, returnUrl });
  });
  afterEach(() => stripe.close());

  const posts = () => stripe.requests.filter(({ what }) => what.startsWith("POST"));

  it("charges a card under our payment's id, once", async () => {
    const charge = chargeWith("cus_7/pm_saved");
    const first = await provider.charge(charge);
    expect(first).to.deep.include({ kind: "approved", transactionId: "pi_1", amount: eur(10_000n) });
    expect(first).to.deep.nested.include({ "card.last4": "4242", "card.expYear": 2034 });
    expect(await provider.charge(charge)).to.deep.equal(first);
    expect(stripe.intents).to.have.length(1);
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

  it("finds a payment by its transaction, or by our id alone", async () => {
    const charge = chargeWith("pm_ok");
    await provider.charge(charge);
    for (const transactionId of ["pi_1", undefined])
      expect(await provider.find({ paymentId: charge.paymentId, transactionId })).to.deep.include({
        kind: "approved",
        captured: eur(10_000n),
        refunded: eur(0n),
      });
    expect(await provider.find({ paymentId: newId() })).to.deep.equal({ kind: "missing" });
    expect(await provider.find({ paymentId: newId(), transactionId: "pi_9" })).to.deep.equal({
      kind: "missing",
    });
    const other = await provider.find({ paymentId: newId(), transactionId: "pi_1" });
    expect(other, "of another payment").to.include({ kind: "unknown" });
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

  it("authorizes, and captures in parts where the card supports it", async () => {
    const charge = chargeWith("pm_multi");
    expect(await provider.authorize(charge)).to.deep.include({ kind: "authorized", amount: eur(10_000n) });
    const part = operation("capture", charge.paymentId, 4_000n);
    expect(await provider.findOperation(part)).to.deep.equal({ kind: "missing" });
    const captured = await provider.capture(part);
    expect(captured).to.deep.include({ kind: "succeeded", amount: eur(4_000n) });
    expect(await provider.capture(part), "the same again").to.deep.equal(captured);
    expect(await provider.findOperation(part)).to.deep.equal(captured);
    expect(await provider.find(charge)).to.deep.include({ kind: "authorized", captured: eur(4_000n) });
    const rest = await provider.capture(operation("capture", charge.paymentId, 6_000n));
    expect(rest).to.deep.include({ kind: "succeeded", amount: eur(6_000n) });
    expect(await provider.find(charge)).to.deep.include({ kind: "approved", amount: eur(10_000n) });
  });

  it("captures once where the card does not support parts", async () => {
    const charge = chargeWith("pm_ok");
    await provider.authorize(charge);
    await provider.capture(operation("capture", charge.paymentId, 4_000n));
    const next = await provider.capture(operation("capture", charge.paymentId, 1_000n));
    expect(next).to.include({ kind: "failed", code: "payment_intent_unexpected_state" });
    expect(await provider.find(charge)).to.deep.include({ kind: "approved", amount: eur(4_000n) });
  });

  it("voids an authorization", async () => {
    const charge = chargeWith("pm_ok");
    await provider.authorize(charge);
    const voiding = operation("void", charge.paymentId, 10_000n);
    expect(await provider.findOperation(voiding)).to.deep.equal({ kind: "missing" });
    const done = await provider.void(voiding);
    expect(done).to.deep.equal({ kind: "succeeded", transactionId: "pi_1", amount: eur(10_000n) });
    expect(await provider.findOperation(voiding)).to.deep.equal(done);
    expect(await provider.find(charge)).to.include({ kind: "voided" });
  });

  it("refunds at once, later or not at all", async () => {
    const charge = chargeWith("pm_ok");
    await provider.charge(charge);
    const refund = operation("refund", charge.paymentId, 6_000n);
    expect(await provider.findOperation(refund)).to.deep.equal({ kind: "missing" });
    const done = await provider.refund(refund);
    expect(done).to.deep.equal({ kind: "succeeded", transactionId: "re_1", amount: eur(6_000n) });
    expect(await provider.refund(refund), "the same again").to.deep.equal(done);
    expect(posts().at(-1)!.key).to.equal(`${refund.id}:refund`);
    const tooMuch = await provider.refund(operation("refund", charge.paymentId, 6_000n));
    expect(tooMuch).to.include({ kind: "failed" });
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

  for (const [code, retryable] of Object.entries({
    insufficient_funds: true,
    expired_card: true,
    incorrect_cvc: true,
    processing_error: true,
    do_not_honor: true,
    stolen_card: false,
    fraudulent: false,
  }))
    it(`returns ${code} as a decline after which ${retryable ? "another attempt may work" : "none will"}`, async () => {
      const charge = chargeWith(`pm_${code}`);
      const declined = await provider.charge(charge);
      expect(declined).to.include({ kind: "declined", code, retryable, transactionId: "pi_1" });
      expect(await provider.find(charge), "found later").to.include({ kind: "declined", code, retryable });
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
