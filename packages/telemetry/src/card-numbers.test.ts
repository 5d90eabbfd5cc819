import { expect } from "chai";
import fc from "fast-check";
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { v7 } from "uuid";
import { hasCardNumber, maskCardNumbers } from "./card-numbers.ts";

const hex = (bytes: number) => randomBytes(bytes).toString("hex");
const anyTime = () => new Date(randomInt(Date.UTC(2018, 0), Date.UTC(2033, 0)));

const idsAndTimes: readonly (readonly [string, () => string])[] = [
  ["a UUID", randomUUID],
  ["a UUID of a time", () => v7({ msecs: anyTime().getTime() })],
  ["a UUID without dashes", mixedHex(() => randomUUID().replaceAll("-", ""))],
  ["several UUIDs", () => `order:${randomUUID()}:${v7()}-${randomInt(100)}`],
  ["a trace id", mixedHex(() => hex(16))],
  ["a traceparent", () => `00-${hex(16)}-${hex(8)}-01`],
  ["a MongoDB id", mixedHex(() => Math.floor(anyTime().getTime() / 1000).toString(16) + hex(8))],
  [
    "a hash",
    mixedHex(() =>
      createHash(["sha1", "sha224", "sha256", "sha512"][randomInt(4)]!).update(hex(4)).digest("hex"),
    ),
  ],
  ["a page token", () => randomBytes(randomInt(12, 48)).toString("base64url")],
  ["an ISO time", () => anyTime().toISOString()],
  ["an ISO time without dashes", () => anyTime().toISOString().replaceAll(/\D/g, "")],
  ["a key with milliseconds", () => `order-${anyTime().getTime()}`],
  [
    "a key with seconds and a number",
    () => `load-${Math.floor(anyTime().getTime() / 1000)}-${randomInt(1e6)}`,
  ],
  ["a key with nanoseconds", () => `key-${anyTime().getTime()}${randomInt(1e5, 1e6)}`],
  ["a key with a date and a number", () => `inv-${anyTime().toISOString().slice(0, 10)}-${randomInt(1e6)}`],
];

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

  for (const text of [
    "",
    "order 4711",
    "961261347570454",
    "9400 1118 9922 3197 4284 90",
    "9400111899223197428490",
    "1234567890123452",
    "1234567890123456788",
    "pay to DE89370400440532013000",
    "refund to GB82 WEST 1234 5698 7654 32, please",
    "FR14 2004 1010 0505 0001 3M02 606",
    "NL91 ABNA 0417 1643 00",
    "+1 415 555 0132 / +49 1512 3456786",
    "call 020 7946 0958 or 0171 1234567",
    "30/05/2026 10:00:08",
    "from 12.05.2026 10:30 to 14.05.2026 11:00",
    "2013000000000001",
    "4111111111111112",
    "411111111111",
    "41111111111111111111111111",
    "018f0000-0000-7000-8000-0000000000a1",
    "41111111-1111-1111-1111-111111111111",
    "order:018f0000-0000-7000-8000-0000000000a1:41111111-1111-1111-1111-111111111111",
    "00-4111111111111111abcdef0000000000-a411111111111111-01",
    "d41d8cd98f00b204e9800998ecf8427e",
    "a4111111111111111bc0d1e2f3a4b5c6",
    "a4222222222222b1",
    "0.4111111111111111",
    "0.4111111111111111, 5",
    "65a4111111111111111bcd0f",
    `65a4111111111111111bcd0f${"d0".repeat(12)}`,
    `65a4111111111111111bcd0f${"d0".repeat(16)}`,
    "+49 1512 3456786",
    "1766000000001",
    "load-5-1766000000002-17",
    "1766000000000002",
    "1766000000000000005",
    "2026-08-20-1234-5678-9012",
    "export-20260820-999999",
    "20260820101117",
    "20260820101112005",
    "order-1763740000000",
    "2026-11-21T10:00:00.000Z",
    "0000000000000000",
    "0041111111111114",
  ]) {
    it(`is not ${JSON.stringify(text)}, which the log shows as it is`, () => {
      expect(hasCardNumber(text)).to.equal(false);
      expect(maskCardNumbers(text)).to.equal(text);
    });
  }

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

  for (const [what, make] of idsAndTimes)
    it(`is never ${what}`, () => {
      for (let count = 0; count < 2_000; count += 1) {
        const text = make();
        if (hasCardNumber(text) || maskCardNumbers(`for ${text}, ok`) !== `for ${text}, ok`)
          expect.fail(`${text} is taken for a card number`);
      }
    });

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

/** With letters around digits, as nearly all have: "6398210430486f3082654607" may be a card number as well. */
function mixedHex(make: () => string): () => string {
  return () => {
    for (;;) {
      const id = make();
      if (/[a-f]\d+[a-f]/.test(id)) return id;
    }
  };
}

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
