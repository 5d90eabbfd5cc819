import { expect } from "chai";
import fc from "fast-check";
import { hasCardNumber, maskCardNumbers } from "./card-numbers.ts";

describe("what looks like a card number", () => {
  for (const text of [
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "30569309025904",
    "6011111111111117",
    "4222222222222",
    "6304000000000000000",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "3782 822463 10005",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "41111111 11111111",
    "4111\u00a01111\u20111111 - 1111",
    "4111111111111111 737",
    "my card is 4111111111111111, thanks",
    "tok_4111111111111111",
    "card4111111111111111",
    "4111111111111111x",
    "key-4111-1111-1111-1111-1",
    "+4111111111111111",
    "4111+1111+1111+1111",
    '{"number":"4111111111111111"}',
    "1766000000000-4111111111111111",
    "018f0000-0000-7000-8000-0000000000a1 4111111111111111",
    "cafe4111111111111111",
    "4111111111111111a",
    "a4111111111111111bc",
    "a378282246310005",
    "4111111111111111abcdefabcdefabcd",
    "2026-11-21-4111111111111111",
    "1.4111 1111 1111 1111",
    "2.5555-5555-5555-4444",
    "a1f4111111111111111bcd0",
    "4111.1111.1111.1111",
    "4111/1111/1111/1111",
    "4111_1111_1111_1111",
    "4111    1111    1111    1111",
    "4111, 1111, 1111, 1111",
    "4111|1111|1111|1111",
    "4111*1111*1111*1111",
    "4\u200b111111111111111",
    "\uff14\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 \uff11\uff11\uff11\uff11",
    "\u0664\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661",
    "\u06f4\u06f1\u06f1\u06f1-\u06f1\u06f1\u06f1\u06f1-\u06f1\u06f1\u06f1\u06f1-\u06f1\u06f1\u06f1\u06f1",
    "\u096a\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967\u0967",
    "\u{1d7d2}111 1111 1111 111\u{1d7cf}",
    "12/05/2026 4111 1111 1111 1111",
    "10:30 4111 1111 1111 1111",
    "+49 1512 3456786 4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00, 4111 1111 1111 1111",
  ]) {
    it(`is ${JSON.stringify(text)}, and the log does not show it`, () => {
      expect(hasCardNumber(text)).to.equal(true);
      expect(maskCardNumbers(text))
        .to.include("[card number]")
        .and.not.match(/1111|4444|45$|10005|904$|1117|22222|04000|3452|1 1|737|[\uff11\u0661\u06f1\u0967]/);
    });
  }

  for (const number of ["4111111111111111", "4111 1111 1111 1111", "3782-822463-10005"])
    it(`is ${number} in base64`, () => {
      for (const encoding of ["base64", "base64url"] as const)
        expect(hasCardNumber(`see ${Buffer.from(number).toString(encoding)}`)).to.equal(true);
    });

  it("is any number of an issuer with the right check digit, however it is written", () => {
    // A date or a time of day in the digits divides the number.
    const hasTime = /20\d\d|\d:\d/;
    fc.assert(
      fc.property(
        written,
        fc.constantFrom("", "", "pay with ", "(", "#", "tok_", "cafe", "card", "1766000000000-"),
        fc.constantFrom("", "", ".", " please", "x", "-ab"),
        (text, before, after) => {
          fc.pre(!hasTime.test(text));
          expect(hasCardNumber(before + text + after)).to.equal(true);
          expect(maskCardNumbers(before + text + after)).not.to.include(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("the search for card numbers", () => {
  it("takes steps in proportion to the length of the text", () => {
    for (const part of [
      "1",
      "1 ",
      "4111 ",
      "1-a",
      "018f0000-0000-7000-8000-0000000000a1 ",
      "41111111111111 x",
      "4 0 0 ",
      "GB82 ",
      "M",
      "+4",
    ]) {
      const text = part.repeat(100_000 / part.length);
      maskCardNumbers(text);
      expect(hasCardNumber(text)).to.be.a("boolean");
    }
    // With steps by the square it would be minutes.
  }).timeout(20_000);
});

function withCheckDigit(digits: string): string {
  for (let check = 0; check < 10; check += 1) if (luhn(`${digits}${check}`)) return `${digits}${check}`;
  throw new Error("there is always one");
}

function luhn(digits: string): boolean {
  const doubled = [...digits].reverse().map((digit, index) => Number(digit) * (index % 2 === 0 ? 1 : 2));
  return doubled.reduce((sum, value) => sum + Math.floor(value / 10) + (value % 10), 0) % 10 === 0;
}

const issuers: readonly (readonly [prefix: string, digits: number])[] = [
  ["4", 16],
  ["4", 19],
  ["51", 16],
  ["55", 16],
  ["2221", 16],
  ["2720", 16],
  ["34", 15],
  ["37", 15],
  ["6011", 16],
  ["65", 19],
  ["305", 14],
  ["36", 14],
  ["3528", 16],
  ["3589", 19],
  ["62", 17],
  ["8171", 18],
  ["6759", 18],
  ["5018", 13],
  ["2200", 16],
  ["6069", 16],
  ["9792", 16],
];

/** Numbers of issuers, in groups of any sizes or in none. */
const written = fc
  .tuple(
    fc.constantFrom(...issuers),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 19, maxLength: 19 }),
    fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 19, maxLength: 19 }),
    fc.constantFrom("", "", " ", "-", "\u00a0", " - ", ".", "/", "_", "    ", ", ", " | "),
  )
  .map(([[prefix, length], rest, sizes, separator]) => {
    const digits = withCheckDigit(`${prefix}${rest.join("")}`.slice(0, length - 1));
    let from = 0;
    const groups = sizes.map((size) => digits.slice(from, (from += size)));
    return groups.filter(Boolean).join(separator);
  });
