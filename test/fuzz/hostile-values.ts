import { WireType } from "@bufbuild/protobuf/wire";
import { part, text, varint, type Part } from "./wire-parts.ts";
import type { Random } from "./random.ts";

const marks = {
  nul: "\0",
  controls: "\u0001\b\u001b[31m\u007f\u0085",
  bidi: "\u202egnp.exe\u2066\u2069\u200f",
  combining: `Z${"\u0301\u0327\u20dd".repeat(60)}`,
  zeroWidth: "a\u200b\u200d\ufeff\u00adb",
  astral: "\u{1f469}\u200d\u{1f4bb}\u{10ffff}\u{1f1e9}\u{1f1ea}",
  looksLikeAscii: "\uff11\u0430\u212a\u0131\u0130",
  lineBreaks: "a\r\n\u2028\u2029b",
  noncharacters: "\ufffe\uffff\ufffd",
};

/** Texts that parsers, databases, logs and headers have stumbled over. */
const texts: readonly string[] = [
  ...Object.values(marks),
  ...[
    "",
    " ",
    "\t",
    "null",
    "undefined",
    "NaN",
    "true",
    "[object Object]",
    "__proto__",
    "constructor",
    "%00",
  ],
  ...[
    "'",
    '"',
    "\\",
    "'; DROP TABLE orders; --",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "<script>",
    "../../etc/passwd",
    "%s%n%x",
  ],
  ...["0", "-1", "1e309", "9007199254740993", "0x7fffffff", "1970-01-01", "99999-99-99"],
  "018f0000-0000-7000-8000-00000000000g",
  "018F0000-0000-7000-8000-00000000DEAD",
  "00000000-0000-0000-0000-000000000000",
  "x".repeat(129),
  "\u00e4".repeat(300),
  "\u{1f4b6}".repeat(501),
];

/** Bytes that are no UTF-8: lone surrogates, overlong forms, what is cut off or beyond Unicode. */
const notUtf8 = [
  "eda080",
  "edbfbf",
  "eda080edb080",
  "c080",
  "c1bf",
  "e08080",
  "f4908080",
  "ff",
  "fe",
  "80",
  "61e282",
  "f09f98",
];

const extremes: readonly bigint[] = [
  ...[0n, 1n, -1n, 2n, 999n, 1000n, -999_999_999n, 999_999_999n, 1_000_000_000n],
  ...[2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n],
  ...[253_402_300_799n, 253_402_300_800n, -62_135_596_801n, 8_640_000_000_000n],
  ...[2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n, 9_000_000_000_000n, 10_000_000_000_000n],
];
const oddDoubles = [NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308, 0.1];

/** A text of which no rule of a proto approves, or hardly. Sometimes long, sometimes not even UTF-8. */
export function hostileText(random: Random): Part {
  if (random.chance(0.15)) return part(WireType.LengthDelimited, Buffer.from(random.pick(notUtf8), "hex"));
  const chosen = random.pick(texts);
  if (random.chance(0.05)) return text(chosen.repeat(1 + random.below(20_000 / (chosen.length + 1))));
  return text(random.chance(0.2) ? `${random.pick(texts)}${chosen}` : chosen);
}

export function hostileInteger(random: Random): bigint {
  return random.pick(extremes);
}

export function hostileDouble(random: Random): number {
  return random.pick(oddDoubles);
}

/** A value of any wire type: wrong for most fields. */
export function anyPart(random: Random): Part {
  switch (random.below(5)) {
    case 0:
      return varint(random.pick(extremes));
    case 1:
      return part(WireType.Bit64, random.bytes(8));
    case 2:
      return part(WireType.Bit32, random.bytes(4));
    case 3:
      // An eleven-byte varint: longer than any number.
      return part(WireType.Varint, Buffer.concat([Buffer.alloc(10, 0xff), Buffer.from([1])]));
    default:
      return part(WireType.LengthDelimited, random.bytes(random.below(40)));
  }
}
