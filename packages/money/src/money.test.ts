import { expect } from "chai";
import fc from "fast-check";
import { current, retired } from "./currency-list.ts";
import {
  add,
  compare,
  equals,
  maxMinorUnits,
  money,
  MoneyError,
  moneyFromDecimal,
  moneyFromProto,
  moneyToDecimal,
  moneyToProto,
  multiply,
  subtract,
  zero,
} from "./money.ts";
import type { MoneyErrorCode } from "./money.ts";

describe("money arithmetic", () => {
  const euros = (minorUnits: bigint) => money("EUR", minorUnits);

  it("adds, subtracts and multiplies exactly", () => {
    expect(add(euros(10n), euros(20n))).to.deep.equal(euros(30n));
    expect(subtract(euros(10n), euros(20n))).to.deep.equal(euros(-10n));
    expect(multiply(euros(1990n), 3)).to.deep.equal(euros(5970n));
    expect(multiply(euros(1990n), 0)).to.deep.equal(zero("EUR"));
  });

  it("orders amounts of one currency", () => {
    expect(compare(euros(1n), euros(2n))).to.equal(-1);
    expect(compare(euros(2n), euros(2n))).to.equal(0);
    expect(compare(euros(3n), euros(2n))).to.equal(1);
  });

  it("takes amounts of two currencies as different, and never calculates with both", () => {
    const yen = money("JPY", 10n);
    expect(equals(euros(10n), yen)).to.equal(false);
    expect(equals(euros(10n), euros(10n))).to.equal(true);
    for (const reckon of [add, subtract, compare])
      rejects("CURRENCY_MISMATCH", () => reckon(euros(10n), yen));
  });

  it("rejects every result beyond 15 digits", () => {
    const most = euros(maxMinorUnits);
    rejects("OUT_OF_RANGE", () => add(most, euros(1n)));
    rejects("OUT_OF_RANGE", () => subtract(euros(-maxMinorUnits), euros(1n)));
    rejects("OUT_OF_RANGE", () => multiply(most, 2));
    rejects("OUT_OF_RANGE", () => money("EUR", maxMinorUnits + 1n));
  });

  it("rejects quantities that are not whole numbers", () => {
    for (const quantity of [0.5, NaN, Infinity, 2 ** 53]) {
      rejects("OUT_OF_RANGE", () => multiply(euros(100n), quantity));
    }
  });
});

describe("money on the wire", () => {
  const same: [currencyCode: string, units: bigint, nanos: number, minorUnits: bigint][] = [
    ["JPY", 1500n, 0, 1500n],
    ["EUR", 49n, 0, 4900n],
    ["EUR", 19n, 900_000_000, 1990n],
    ["EUR", 0n, -10_000_000, -1n],
    ["EUR", -1n, -750_000_000, -175n],
    ["BHD", 1n, 1_000_000, 1001n],
    ["CLF", 0n, 100_000, 1n],
    ["EUR", 9_999_999_999_999n, 990_000_000, maxMinorUnits],
  ];
  for (const [currencyCode, units, nanos, minorUnits] of same) {
    it(`reads and writes ${currencyCode} ${units} units ${nanos} nanos as ${minorUnits}`, () => {
      expect(moneyFromProto({ currencyCode, units, nanos })).to.deep.equal(money(currencyCode, minorUnits));
      expect(moneyToProto(money(currencyCode, minorUnits))).to.deep.equal({ currencyCode, units, nanos });
    });
  }

  const rejected: [currencyCode: string, units: bigint, nanos: number, code: MoneyErrorCode][] = [
    ["JPY", 1500n, 500_000_000, "TOO_PRECISE"],
    ["EUR", 1n, 1, "TOO_PRECISE"],
    ["EUR", 1n, 5_000_000, "TOO_PRECISE"],
    ["BHD", 1n, 100_000, "TOO_PRECISE"],
    ["EUR", 1n, -10_000_000, "SIGN_MISMATCH"],
    ["EUR", -1n, 10_000_000, "SIGN_MISMATCH"],
    ["EUR", 0n, 1_000_000_000, "OUT_OF_RANGE"],
    ["EUR", 0n, NaN, "OUT_OF_RANGE"],
    ["EUR", 0n, 0.5, "OUT_OF_RANGE"],
    ["EUR", 2n ** 63n - 1n, 0, "OUT_OF_RANGE"],
    ["EUR", -(2n ** 63n), 0, "OUT_OF_RANGE"],
    ["EUR", 10_000_000_000_000n, 0, "OUT_OF_RANGE"],
  ];
  for (const [currencyCode, units, nanos, code] of rejected) {
    it(`rejects ${currencyCode} ${units} units ${nanos} nanos as ${code}`, () => {
      rejects(code, () => moneyFromProto({ currencyCode, units, nanos }));
    });
  }

  it("comes back as it went, whatever the amount", () => {
    fc.assert(fc.property(anyMoney, (amount) => equals(moneyFromProto(moneyToProto(amount)), amount)));
  });
});

describe("money as decimal text", () => {
  const same: [text: string, currency: string, minorUnits: bigint][] = [
    ["99.99", "EUR", 9999n],
    ["0.05", "EUR", 5n],
    ["-0.05", "EUR", -5n],
    ["0.00", "EUR", 0n],
    ["1500", "JPY", 1500n],
    ["1.001", "BHD", 1001n],
    ["0.0001", "UYW", 1n],
    ["-9999999999999.99", "EUR", -maxMinorUnits],
    ["999999999999999", "JPY", maxMinorUnits],
  ];
  for (const [text, currency, minorUnits] of same) {
    it(`reads and writes ${currency} ${text}`, () => {
      expect(moneyFromDecimal(text, currency)).to.deep.equal(money(currency, minorUnits));
      expect(moneyToDecimal(money(currency, minorUnits))).to.equal(text);
    });
  }

  it("takes fewer decimals, and zeros beyond the currency's own", () => {
    expect(moneyFromDecimal("99.9", "EUR")).to.deep.equal(money("EUR", 9990n));
    expect(moneyFromDecimal("99", "EUR")).to.deep.equal(money("EUR", 9900n));
    expect(moneyFromDecimal("1500.00", "JPY")).to.deep.equal(money("JPY", 1500n));
  });

  it("rejects what the currency cannot express", () => {
    rejects("TOO_PRECISE", () => moneyFromDecimal("1.005", "EUR"));
    rejects("TOO_PRECISE", () => moneyFromDecimal("1500.5", "JPY"));
    rejects("OUT_OF_RANGE", () => moneyFromDecimal("10000000000000.00", "EUR"));
    rejects("OUT_OF_RANGE", () => moneyFromDecimal("9".repeat(100_000), "EUR"));
  });

  for (const text of [
    "",
    " 1",
    "1 ",
    "1.",
    ".5",
    "+1",
    "01",
    "1e3",
    "0x10",
    "1,00",
    "1_000",
    "NaN",
    "--1",
    "1\n",
  ]) {
    it(`does not read ${JSON.stringify(text)} as an amount`, () => {
      rejects("NOT_AN_AMOUNT", () => moneyFromDecimal(text, "EUR"));
    });
  }

  it("comes back as it went, whatever the amount", () => {
    fc.assert(
      fc.property(anyMoney, (amount) =>
        equals(moneyFromDecimal(moneyToDecimal(amount), amount.currency), amount),
      ),
    );
  });

  it("survives a JSON number, whatever the amount", () => {
    fc.assert(
      fc.property(anyMoney, (amount) => {
        const parsed = JSON.parse(moneyToDecimal(amount)) as number;
        return equals(moneyFromDecimal(String(parsed), amount.currency), amount);
      }),
    );
  });
});

const anyMoney = fc
  .tuple(
    fc.constantFrom(...[...current, ...retired].flatMap(({ codes }) => codes.split(" "))),
    fc.bigInt({ min: -maxMinorUnits, max: maxMinorUnits }),
  )
  .map(([currency, minorUnits]) => money(currency, minorUnits));

function rejects(code: MoneyErrorCode, work: () => unknown): void {
  expect(work)
    .to.throw(MoneyError)
    .that.satisfies((error: MoneyError) => error.code === code && error.message.length < 120);
}
