/** A range of card numbers: the first four digits, from and to, and how many digits the numbers have. */
type IssuerRange = readonly [from: number, to: number, lengths: readonly number[]];

/** The issuers of nearly all cards, at the lengths that they issue today. */
const majorRanges: readonly IssuerRange[] = [
  [4000, 4999, [16]], // Visa
  [5100, 5599, [16]], // Mastercard
  [2221, 2720, [16]],
  [3400, 3499, [15]], // American Express
  [3700, 3799, [15]],
  [6011, 6011, [16]], // Discover
  [6440, 6599, [16]],
  [3000, 3059, [14]], // Diners Club
  [3090, 3099, [14]],
  [3600, 3699, [14]],
  [3800, 3999, [14]],
  [3528, 3589, [16]], // JCB
];

const otherRanges: readonly IssuerRange[] = [
  [4000, 4999, [13, 19]], // Visa, old and long numbers
  [6011, 6011, [19]], // Discover, long numbers
  [6440, 6599, [19]],
  [3528, 3589, [17, 18, 19]], // JCB, long numbers
  [6200, 6299, [16, 17, 18, 19]], // UnionPay
  [8100, 8179, [16, 17, 18, 19]],
  [5018, 5018, [13, 16, 18, 19]], // Maestro
  [5020, 5020, [13, 16, 18, 19]],
  [5038, 5038, [13, 16, 18, 19]],
  [5893, 5893, [13, 16, 18, 19]],
  [6304, 6304, [13, 16, 18, 19]],
  [6759, 6759, [13, 16, 18, 19]],
  [6761, 6763, [13, 16, 18, 19]],
  [2200, 2204, [16]], // Mir
  [5019, 5019, [16]], // Dankort
  [5060, 5061, [16, 18, 19]], // Verve
  [5066, 5067, [16]], // Elo
  [5090, 5090, [16]],
  [6362, 6363, [16]],
  [5080, 5089, [16]], // RuPay
  [6000, 6099, [16]],
  [9792, 9792, [16]], // Troy
];

export const fewestDigits = 13;
export const mostDigits = 19;

/** Whether digits are a card number: an issuer's prefix, that issuer's length, and the Luhn check digit. */
export function isCardNumber(digits: string, from = 0, to = digits.length): boolean {
  return isOfIssuer(lengths, digits, from, to) && passesLuhn(digits, from, to);
}

/** The same for the major issuers only, whose numbers few ids have by chance. */
export function isMajorCardNumber(digits: string): boolean {
  return isOfIssuer(majorLengths, digits, 0, digits.length) && passesLuhn(digits, 0, digits.length);
}

/** For each first four digits, the lengths of card numbers as bits: 1 for 13 digits, 2 for 14, 4 for 15. */
function lengthsByPrefix(ranges: readonly IssuerRange[]): Uint8Array {
  const table = new Uint8Array(10_000);
  for (const [from, to, all] of ranges)
    for (let prefix = from; prefix <= to; prefix += 1)
      for (const length of all) table[prefix]! |= 1 << (length - fewestDigits);
  return table;
}

const majorLengths = lengthsByPrefix(majorRanges);
const lengths = lengthsByPrefix([...majorRanges, ...otherRanges]);

function isOfIssuer(table: Uint8Array, digits: string, from: number, to: number): boolean {
  const length = to - from;
  if (length < fewestDigits || length > mostDigits) return false;
  let prefix = 0;
  for (let index = from; index < from + 4; index += 1) prefix = prefix * 10 + digits.charCodeAt(index) - 48;
  return (table[prefix]! & (1 << (length - fewestDigits))) !== 0;
}

function passesLuhn(digits: string, from: number, to: number): boolean {
  let sum = 0;
  for (let index = to - 1, isDoubled = false; index >= from; index -= 1, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(index) - 48;
    sum += !isDoubled ? digit : digit < 5 ? 2 * digit : 2 * digit - 9;
  }
  return sum % 10 === 0;
}
