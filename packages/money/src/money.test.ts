import { expect } from "chai";
import fc from "fast-check";
import { current, retired as retiredCodes } from "./currency-list.ts";
import {
  add,
  compare,
  equals,
  exponentOf,
  isCurrency,
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

/** Every code that an order may have been placed in, by its decimals. Codes are only added here. */
const known: Readonly<Record<number, readonly string[]>> = {
  0: [
    "ADP BEF BIF BYB BYR CLP DJF ESP GNF GRD ISK ITL JPY KMF KRW LUF MGF PTE PYG RWF TPE TRL UGX UYI VND VUV",
    "XAF XOF XPF",
  ].flatMap((codes) => codes.split(" ")),
  2: [
    "AED AFA AFN ALL AMD ANG AOA AON AOR ARS ATS AUD AWG AYM AZM AZN BAM BBD BDT BGL BGN BMD BND BOB BOV BRL",
    "BSD BTN BWP BYN BZD CAD CDF CHC CHE CHF CHW CNY COP COU CRC CSD CUC CUP CVE CYP CZK DEM DKK DOP DZD ECS",
    "ECV EEK EGP ERN ETB EUR FIM FJD FKP FRF GBP GEL GHC GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR IEP ILS",
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT MOP MRO MRU MTL",
    "MUR MVR MWK MXN MXV MYR MZM MZN NAD NGN NIO NLG NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR ROL RON RSD RUB",
    "RUR SAR SBD SCR SDD SDG SEK SGD SHP SIT SKK SLE SLL SOS SRD SRG SSP STD STN SVC SYP SZL THB TJR TJS TMM",
    "TMT TOP TRY TTD TWD TZS UAH USD USN USS UYU UZS VEB VED VEF VES WST XCD XCG YER YUM ZAR ZMK ZMW ZWD ZWG",
    "ZWL ZWN ZWR",
  ].flatMap((codes) => codes.split(" ")),
  3: "BHD IQD JOD KWD LYD OMR TND".split(" "),
  4: "CLF UYW".split(" "),
};

describe("currencies", () => {
  const exponents: [code: string, exponent: number][] = [
    ["JPY", 0],
    ["EUR", 2],
    ["BHD", 3],
    ["CLF", 4],
    ["UYW", 4],
    ["XCG", 2],
    ["UYI", 0],
    ["TND", 3],
  ];
  for (const [code, exponent] of exponents) {
    it(`counts ${code} with ${exponent} decimals`, () => {
      expect(isCurrency(code)).to.equal(true);
      expect(exponentOf(code)).to.equal(exponent);
    });
  }

  for (const code of ["XXX", "XAU", "XDR", "XTS", "eur", "EURO", "", "__proto__"]) {
    it(`does not take ${JSON.stringify(code)} as the currency of an order`, () => {
      expect(isCurrency(code)).to.equal(false);
      rejects("UNKNOWN_CURRENCY", () => money(code, 1n));
      rejects("UNKNOWN_CURRENCY", () => moneyFromProto({ currencyCode: code, units: 1n, nanos: 0 }));
    });
  }

  const retired: [code: string, exponent: number][] = [
    ["HRK", 2],
    ["ANG", 2],
    ["BGN", 2],
    ["CUC", 2],
    ["ZWL", 2],
    ["DEM", 2],
    ["ITL", 0],
    ["BYR", 0],
  ];
  for (const [code, exponent] of retired)
    it(`reads amounts in ${code}, which is retired, and is no currency for a new order`, () => {
      expect(isCurrency(code)).to.equal(false);
      expect(exponentOf(code)).to.equal(exponent);
      expect(moneyFromProto(moneyToProto(money(code, 123n)))).to.deep.equal(money(code, 123n));
    });

  it("loses no code and changes no exponent: orders are kept in them", () => {
    const kept = Object.entries(known).flatMap(([exponent, codes]) =>
      codes.map((code) => [code, Number(exponent)] as const),
    );
    expect(new Set(kept.map(([code]) => code)).size).to.equal(kept.length);
    for (const [code, exponent] of kept) expect(exponentOf(code), code).to.equal(exponent);
  });

  it("has no code twice, and none that this test does not know", () => {
    const listed = [...current, ...retiredCodes].flatMap(({ codes }) => codes.split(" "));
    expect(listed.toSorted()).to.deep.equal(Object.values(known).flat().toSorted());
  });
});

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
    fc.constantFrom(...Object.values(known).flat()),
    fc.bigInt({ min: -maxMinorUnits, max: maxMinorUnits }),
  )
  .map(([currency, minorUnits]) => money(currency, minorUnits));

function rejects(code: MoneyErrorCode, work: () => unknown): void {
  expect(work)
    .to.throw(MoneyError)
    .that.satisfies((error: MoneyError) => error.code === code && error.message.length < 120);
}
