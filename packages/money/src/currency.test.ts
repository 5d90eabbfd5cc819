import { expect } from "chai";
import { current, retired as retiredCodes } from "./currency-list.ts";
import { exponentOf, isCurrency, money, MoneyError, moneyFromProto, moneyToProto } from "./money.ts";

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
      const amount = { currencyCode: code, units: 1n, nanos: 0 };
      for (const make of [() => money(code, 1n), () => moneyFromProto(amount)])
        expect(make).to.throw(MoneyError).with.property("code", "UNKNOWN_CURRENCY");
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
