import { newId } from "@till/ids";
import { money } from "@till/money";
import { expect } from "chai";
import { stripeStandIn, type StripeStandIn } from "../support/stripe-stand-in.ts";
import { stripeProvider } from "../../src/provider/stripe/stripe.ts";
import type { LedgerEntry, ProviderOperation, Provider } from "../../src/rules/provider.ts";

const returnUrl = "https://shop.test/back";
const secretKey = "sk_test_0123456789";
const eur = (minorUnits: bigint) => money("EUR", minorUnits);

describe("The Stripe adapter", () => {
  let stripe: StripeStandIn;
  let provider: Provider;
  beforeEach(async () => {
    stripe = await stripeStandIn();
    provider = stripeProvider({ secretKey, apiUrl: stripe.url, timeoutMs: 10_000, returnUrl });
  });
  afterEach(() => stripe.close());

  const chargeWith = (token: string, amount = eur(10_000n)) => ({
    paymentId: newId(),
    orderId: newId(),
    amount,
    token,
  });
  function operation(
    kind: ProviderOperation["kind"],
    paymentId: string,
    units: bigint,
    intent = 1,
  ): ProviderOperation {
    return { kind, id: newId(), paymentId, transactionId: `pi_${intent}`, amount: eur(units) };
  }
  const posts = () => stripe.requests.filter(({ what }) => what.startsWith("POST"));

  it("charges a card under our payment's id, once", async () => {
    const charge = chargeWith("cus_7/pm_ok");
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
      payment_method: "pm_ok",
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
    expect(tooMuch).to.include({ kind: "failed", code: "charge_already_refunded" });
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
    expect(await provider.describeCard("pm_missing")).to.deep.equal({ kind: "invalid" });
    expect(await provider.describeCard("cus_7/pm_ok")).to.deep.equal({
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

  it("lists the ledger over all pages", async () => {
    const charges = [
      chargeWith("pm_ok"),
      chargeWith("pm_ok"),
      chargeWith("pm_stolen_card"),
      chargeWith("pm_ok"),
    ];
    for (const charge of charges) await provider.charge(charge);
    const held = chargeWith("pm_multi");
    await provider.authorize(held);
    const captures = [4_000n, 6_000n].map((units) => operation("capture", held.paymentId, units, 5));
    for (const capture of captures) await provider.capture(capture);
    const refunds = [1_000n, 2_000n, 3_000n].map((units) =>
      operation("refund", charges[0]!.paymentId, units),
    );
    for (const refund of refunds) await provider.refund(refund);
    const entries = await listed(provider);
    const lines = entries.map(({ type, key, amount }) => `${type} ${key} ${amount.minorUnits}`);
    expect(lines).to.have.members([
      ...[0, 1, 3].map((index) => `charge ${charges[index]!.paymentId} 10000`),
      `authorize ${held.paymentId} 10000`,
      ...captures.map(({ id, amount }) => `capture ${id} ${amount.minorUnits}`),
      ...refunds.map(({ id, amount }) => `refund ${id} ${amount.minorUnits}`),
    ]);
    expect(new Set(entries.map(({ id }) => id)).size).to.equal(entries.length);
    expect(entries.find(({ type }) => type === "refund")).to.include({ orderId: charges[0]!.orderId });
  });
});

async function listed(provider: Provider): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  const [from, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
  for await (const entry of provider.ledger({ from, until })) entries.push(entry);
  return entries;
}
