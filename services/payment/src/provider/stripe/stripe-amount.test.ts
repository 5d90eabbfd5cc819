import { money } from "@till/money";
import { expect } from "chai";
import { moneyFromStripe, toStripeAmount } from "./stripe-amount.ts";

describe("An amount for Stripe", () => {
  const pairs: [currency: string, ours: bigint, theirs: number, why: string][] = [
    ["EUR", 4900n, 4900, "two decimals"],
    ["JPY", 1500n, 1500, "none"],
    ["KWD", 5120n, 5120, "three, of which the last is a nought"],
    ["ISK", 5n, 500, "none, but Stripe counts hundredths"],
    ["UGX", 500n, 50_000, "none, but Stripe counts hundredths"],
    ["MGA", 500n, 5, "fifths, but Stripe counts whole ones"],
    ["HUF", 1045n, 1045, "two decimals, though payouts have none"],
    ["TWD", 80_050n, 80_050, "two decimals, though payouts have none"],
    ...["BIF", "CLP", "DJF", "GNF", "KMF", "KRW", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"].map(
      (currency): (typeof pairs)[number] => [currency, 500n, 500, "none"],
    ),
    ...["BHD", "JOD", "OMR", "TND"].map((currency): (typeof pairs)[number] => [
      currency,
      5120n,
      5120,
      "three, of which the last is a nought",
    ]),
  ];
  for (const [currency, ours, theirs, why] of pairs)
    it(`of ${currency} is ${theirs} for our ${ours}: ${why}`, () => {
      expect(toStripeAmount(money(currency, ours))).to.equal(theirs);
      expect(moneyFromStripe(currency.toLowerCase(), theirs)).to.deep.equal(money(currency, ours));
    });

  const unsupported: [currency: string, ours: bigint, why: string][] = [
    ["KWD", 5124n, "cards do not know a third decimal"],
    ["MGA", 501n, "Stripe knows no part of an ariary"],
    ["CLF", 10_000n, "it has four decimals"],
  ];
  for (const [currency, ours, why] of unsupported)
    it(`of ${currency} ${ours} is rejected: ${why}`, () => {
      expect(toStripeAmount(money(currency, ours))).to.equal(undefined);
    });

  it("is read only where it is one", () => {
    for (const currency of ["isk", "ugx"]) expect(moneyFromStripe(currency, 550)).to.equal(undefined);
    expect(moneyFromStripe("xxq", 1)).to.equal(undefined);
    expect(moneyFromStripe("eur", 0.5)).to.equal(undefined);
    expect(moneyFromStripe("eur", NaN)).to.equal(undefined);
  });
});
