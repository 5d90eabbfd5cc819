import { expect } from "chai";
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

describe("what is no card number", () => {
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
    it(`is ${JSON.stringify(text)}, which the log shows as it is`, () => {
      expect(hasCardNumber(text)).to.equal(false);
      expect(maskCardNumbers(text)).to.equal(text);
    });
  }

  for (const [what, make] of idsAndTimes)
    it(`is ${what}, whatever digits it has`, () => {
      for (let count = 0; count < 2_000; count += 1) {
        const text = make();
        if (hasCardNumber(text) || maskCardNumbers(`for ${text}, ok`) !== `for ${text}, ok`)
          expect.fail(`${text} is taken for a card number`);
      }
    });
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
