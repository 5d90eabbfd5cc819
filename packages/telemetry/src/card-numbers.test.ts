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
    "1234567890123452",
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
    '{"number":"4111111111111111"}',
    "1766000000000-4111111111111111",
    "018f0000-0000-7000-8000-0000000000a1 4111111111111111",
    "cafe4111111111111111",
    "4111111111111111a",
    "a4111111111111111bc",
    "a378282246310005",
    "4111111111111111abcdefabcdefabcd",
    "151234567890126",
    "151234567890123455",
    "2013000000000001",
    "20261321101112136",
    "2026-11-21-4111111111111111",
    "1.4111 1111 1111 1111",
    "2.5555-5555-5555-4444",
    "a1f4111111111111111bcd0",
  ]) {
    it(`is ${JSON.stringify(text)}, and the log does not show it`, () => {
      expect(hasCardNumber(text)).to.equal(true);
      expect(maskCardNumbers(text))
        .to.include("[card number]")
        .and.not.match(/1111|4444|45$|10005|904$|1117|22222|04000|3452|1 1|737/);
    });
  }

  for (const text of [
    "",
    "order 4711",
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

  it("is any number of 13 to 19 digits with the right check digit, however it is written", () => {
    // A date of this century, which is none, is what few such numbers begin with, and no card.
    const isDated = /20\d\d-?(?:0[1-9]|1[0-2])-?(?:[0-2]\d|3[01])/;
    fc.assert(
      fc.property(
        written,
        fc.constantFrom("", "", "pay with ", "(", "#", "tok_", "cafe", "card", "1766000000000-"),
        fc.constantFrom("", "", ".", " please", "x", "-ab"),
        (text, before, after) => {
          fc.pre(!isDated.test(text));
          expect(hasCardNumber(before + text + after)).to.equal(true);
          expect(maskCardNumbers(before + text + after)).not.to.include(text);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  for (const [what, make] of idsAndTimes)
    it(`is never ${what}`, () => {
      for (let count = 0; count < 20_000; count += 1) {
        const text = make();
        if (hasCardNumber(text) || maskCardNumbers(`for ${text}, ok`) !== `for ${text}, ok`)
          expect.fail(`${text} is taken for a card number`);
      }
    });

  it("is looked for in a megabyte of anything in as many steps as it has characters, or nearly", () => {
    for (const part of [
      "1",
      "1 ",
      "4111 ",
      "1-a",
      "018f0000-0000-7000-8000-0000000000a1 ",
      "41111111111111 x",
      "4 0 0 ",
    ]) {
      const text = part.repeat(1_000_000 / part.length);
      maskCardNumbers(text);
      expect(hasCardNumber(text)).to.be.a("boolean");
    }
    // With steps by the square it would be hours.
  }).timeout(60_000);
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

/** Numbers that begin with 2 to 9, as all cards do but the airlines', in groups of any sizes or in none. */
const written = fc
  .tuple(
    fc.integer({ min: 2, max: 9 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 17 }),
    fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 19, maxLength: 19 }),
    fc.constantFrom("", "", " ", "-", "\u00a0", " - "),
  )
  .map(([first, rest, sizes, separator]) => {
    const digits = withCheckDigit(`${first}${rest.join("")}`);
    let from = 0;
    const groups = sizes.map((size) => digits.slice(from, (from += size)));
    return groups.filter(Boolean).join(separator);
  });
