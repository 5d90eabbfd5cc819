import { expect } from "chai";
import {
  chargeWith,
  eurMinor,
  ledgerOf,
  linesOf,
  paid,
  type ProviderUnderTest,
  type Subject,
} from "./provider-under-test.ts";

/** What the provider's ledger promises: reconciliation compares it with Till's payments. */
export function ledgerSuite({ tokens }: ProviderUnderTest, subject: () => Subject): void {
  it("lists each charge, authorization, capture and refund once, under Till's ids", async () => {
    const { provider } = subject();
    const { charge, operation } = await paid(provider, "authorize", tokens.approved);
    const capture = operation("capture", 10_000n);
    const refund = operation("refund", 2_500n);
    await provider.capture(capture);
    await provider.refund(refund);
    const entries = await ledgerOf(provider, charge.orderId);
    expect(linesOf(entries)).to.have.members([
      `authorize ${charge.paymentId} 10000`,
      `capture ${capture.id} 10000`,
      `refund ${refund.id} 2500`,
    ]);
    for (const entry of entries) {
      expect(entry).to.deep.include({ orderId: charge.orderId, paymentId: charge.paymentId });
      expect(Math.abs(entry.at.getTime() - Date.now())).to.be.below(60_000);
    }
    expect(new Set(entries.map(({ id }) => id)).size).to.equal(entries.length);
  });

  it("lists the void of an authorization, under whichever id", async () => {
    const { provider } = subject();
    const { charge, operation } = await paid(provider, "authorize", tokens.approved);
    await provider.void(operation("void", 10_000n));
    const entries = await ledgerOf(provider, charge.orderId);
    const lines = entries.map(({ type, amount }) => `${type} ${amount.minorUnits}`);
    expect(lines).to.have.members(["authorize 10000", "void 10000"]);
  });

  it("lists every page, and nothing of another time", async () => {
    const { provider } = subject();
    const charges = Array.from({ length: 7 }, () => chargeWith(tokens.approved, eurMinor(100n)));
    await Promise.all(charges.map((charge) => provider.charge(charge)));
    const listed = await ledgerOf(provider);
    expect(linesOf(listed)).to.include.members(charges.map(({ paymentId }) => `charge ${paymentId} 100`));
    expect(new Set(listed.map(({ id }) => id)).size, "each once").to.equal(listed.length);
    const hourMs = 3_600_000;
    const ranges = [-2 * hourMs, hourMs].map((offset) => Date.now() + offset);
    for (const from of ranges) {
      const range = { from: new Date(from), until: new Date(from + hourMs) };
      const others = (await ledgerOf(provider, undefined, range)).map(({ paymentId }) => paymentId);
      for (const { paymentId } of charges) expect(others).to.not.include(paymentId);
    }
  });
}
