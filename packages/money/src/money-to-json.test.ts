import { expect } from "chai";
import fc from "fast-check";
import { maxMinorUnits, money, moneyFromDecimal, moneyToJson } from "./money.ts";

describe("money in JSON", () => {
  it("is a number with the currency's own decimals", () => {
    const amounts = [money("EUR", 9990n), money("JPY", 1500n), money("BHD", -1n)].map(moneyToJson);
    expect(JSON.stringify(amounts)).to.equal("[99.90,1500,-0.001]");
  });

  it("reads back as the same amount, however large", () => {
    const minorUnits = fc.bigInt({ min: -maxMinorUnits, max: maxMinorUnits });
    fc.assert(
      fc.property(minorUnits, (amount) => {
        const parsed = JSON.parse(JSON.stringify(moneyToJson(money("EUR", amount)))) as number;
        return moneyFromDecimal(String(parsed), "EUR").minorUnits === amount;
      }),
    );
  });
});
