import { newId } from "@till/ids";
import { money } from "@till/money";
import { expect } from "chai";
import {
  chargeWith,
  eurMinor,
  ledgerOf,
  linesOf,
  type ProviderUnderTest,
  type Subject,
} from "./provider-under-test.ts";

/** What charges, authorizations and the reads of their outcomes promise. */
export function chargesSuite({ tokens, declines }: ProviderUnderTest, subject: () => Subject): void {
  it("charges once, however often the call is repeated, also at once", async () => {
    const { provider } = subject();
    const charge = chargeWith(tokens.approved);
    const first = await provider.charge(charge);
    expect(first).to.deep.include({ kind: "approved", amount: eurMinor(10_000n) });
    expect(first)
      .to.have.nested.property("card.last4")
      .that.matches(/^\d{4}$/);
    expect(await provider.charge(charge)).to.deep.equal(first);
    const raced = chargeWith(tokens.approved);
    const all = await Promise.all(Array.from({ length: 5 }, () => provider.charge(raced)));
    // A repeat of a call that the provider is still executing may have no outcome, but never another one.
    for (const outcome of all) expect(outcome.kind).to.be.oneOf(["approved", "unknown"]);
    for (const { orderId, paymentId } of [charge, raced])
      expect(linesOf(await ledgerOf(provider, orderId))).to.deep.equal([`charge ${paymentId} 10000`]);
  });

  it("returns unknown for the id of another charge: neither approved nor declined", async () => {
    const { provider } = subject();
    const charge = chargeWith(tokens.approved);
    await provider.charge(charge);
    const other = await provider.charge({ ...charge, amount: eurMinor(9_999n) });
    expect(other).to.include({ kind: "unknown" });
    expect(await provider.find(charge)).to.deep.include({ captured: eurMinor(10_000n) });
  });

  it("finds a payment by its transaction and by Till's id, with its sums", async () => {
    const { provider } = subject();
    const charge = chargeWith(tokens.approved);
    const attemptedSince = new Date();
    const outcome = await provider.charge(charge);
    const { transactionId } = outcome as { transactionId: string };
    const { paymentId } = charge;
    for (const ref of [{ transactionId }, { attemptedSince }])
      expect(await provider.find({ paymentId, ...ref })).to.deep.include({
        ...{ kind: "approved", transactionId, amount: eurMinor(10_000n) },
        ...{ captured: eurMinor(10_000n), refunded: eurMinor(0n) },
      });
    const named = await provider.findPaymentId(transactionId);
    // Where webhooks always name the payment, the adapter need not look for it.
    if (!("kind" in named)) expect(named).to.deep.equal({ paymentId });
    else expect(named).to.deep.equal({ kind: "missing" });
  });

  it("returns missing for a payment that the provider does not have", async () => {
    const { provider } = subject();
    for (const ref of [{}, { attemptedSince: new Date() }])
      expect(await provider.find({ paymentId: newId(), ...ref })).to.deep.equal({ kind: "missing" });
  });

  for (const { token, code, retryable } of declines)
    it(`returns ${code} as a decline after which ${retryable ? "another attempt may work" : "none will"}, also later`, async () => {
      const { provider } = subject();
      const charge = chargeWith(token);
      const declined = await provider.charge(charge);
      expect(declined).to.include({ kind: "declined", code, retryable });
      expect(declined).to.have.property("reason").that.is.a("string").and.not.empty;
      expect(await provider.charge(charge), "repeated").to.deep.equal(declined);
      const { transactionId } = declined as { transactionId?: string };
      if (transactionId !== undefined)
        expect(await provider.find({ ...charge, transactionId })).to.include({
          kind: "declined",
          code,
          retryable,
        });
      expect(await ledgerOf(provider, charge.orderId)).to.deep.equal([]);
    });

  it("declines an unknown token", async () => {
    const declined = await subject().provider.charge(chargeWith(tokens.unknown));
    expect(declined).to.include({ kind: "declined" });
  });

  if (tokens.requiresAction !== undefined)
    it("returns where the payer confirms, and charges nothing until then", async () => {
      const { provider } = subject();
      const charge = chargeWith(tokens.requiresAction!);
      const outcome = await provider.charge(charge);
      expect(outcome).to.include({ kind: "requires-action" });
      expect(outcome)
        .to.have.property("url")
        .that.matches(/^https?:\/\//);
      const { transactionId } = outcome as { transactionId: string };
      expect(await provider.find({ ...charge, transactionId })).to.deep.equal(outcome);
      expect(await ledgerOf(provider, charge.orderId)).to.deep.equal([]);
    });

  const amounts = [money("JPY", 500n), money("EUR", 1_999n), money("KWD", 5_120n), money("ISK", 700n)];
  for (const amount of amounts)
    it(`charges ${amount.minorUnits} minor units of ${amount.currency} exactly, or declines`, async () => {
      const { provider } = subject();
      const charge = chargeWith(tokens.approved, amount);
      const outcome = await provider.charge(charge);
      const entries = (await ledgerOf(provider, charge.orderId)).map((entry) => entry.amount);
      if (outcome.kind === "declined") return void expect(entries).to.deep.equal([]);
      expect(outcome).to.deep.include({ kind: "approved", amount });
      expect(await provider.find({ ...charge, attemptedSince: new Date() })).to.deep.include({
        captured: amount,
      });
      expect(entries).to.deep.equal([amount]);
    });

  it("describes the card of a token by four digits, and no card of an unknown one", async () => {
    const { provider } = subject();
    const card = await provider.describeCard(tokens.stored);
    expect(card).to.have.keys("brand", "last4", "expMonth", "expYear");
    expect(card)
      .to.have.property("last4")
      .that.matches(/^\d{4}$/);
    expect(await provider.describeCard(tokens.unknown)).to.include({ kind: "invalid" });
  });
}
