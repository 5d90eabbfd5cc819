import { hasDigitRun, mostSeparators } from "./digit-runs.ts";
import { foldDigits } from "./fold-digits.ts";
import { fewestDigits, isCardNumber, isMajorCardNumber, mostDigits } from "./issuers.ts";
import { isInHexWord, isTime, isUuid, touchesId, writtenTime } from "./look-alikes.ts";

/**
 * Whether a free text has a card number in it: an issuer's prefix, that issuer's length and the Luhn check digit, in
 * digits of any script, with up to five separators of any kind between digits, also in base64. UUIDs, traceparents,
 * hashes in hex, times, dates, IBANs, parcel numbers, phone numbers with a plus sign and fractions do not count.
 */
export function hasCardNumber(text: string): boolean {
  if (text.length < fewestDigits || isUuid(text)) return false;
  const folded = foldDigits(text);
  return (hasDigitRun(folded) && candidate.test(folded) && hasRun(folded)) || hasEncodedCardNumber(folded);
}

/** Whether a text that programs write, such as an id or a key, is a card number of a major issuer and nothing else. */
export function isBareCardNumber(text: string): boolean {
  if (text.length < fewestDigits || text.length > 4 * mostDigits) return false;
  const folded = foldDigits(text);
  return bare.test(folded) && isMajorCardNumber(folded.replace(/\D/g, ""));
}

/** Returns the text without its card numbers, and without the digits right behind them. */
export function maskCardNumbers(text: string): string {
  if (!hasDigitRun(text) || isUuid(text)) return text;
  const folded = foldDigits(text);
  if (!candidate.test(folded)) return text;
  let masked = "";
  let copied = 0;
  for (const { start, end } of runsWithCardNumber(folded)) {
    masked += `${text.slice(copied, start)}[card number]`;
    copied = end;
  }
  return masked + text.slice(copied);
}

function hasRun(text: string): boolean {
  return runsWithCardNumber(text).next().done === false;
}

const separators = String.raw`[^\p{L}\p{N}]{0,${mostSeparators}}`;
const candidate = new RegExp(String.raw`\d(?:${separators}\d){12}`, "u");
const candidates = new RegExp(String.raw`\d(?:${separators}\d){12,}`, "gu");
const bare = new RegExp(String.raw`^\s*\d(?:${separators}\d){12,18}\s*$`, "u");

const goesOn = /^[\s-]{0,3}\d/;

const timeOrDigits = new RegExp(String.raw`${writtenTime}|\d+`, "g");

/** A run of digits without a separator in it, by its place in the text. */
type Group = { readonly start: number; readonly digits: string };

function* runsWithCardNumber(text: string): Generator<{ readonly start: number; readonly end: number }> {
  for (const match of text.matchAll(candidates)) {
    for (const groups of piecesOf(match[0], match.index, text)) {
      if (!holdsCardNumber(groups, text)) continue;
      const { start, digits } = groups.at(-1)!;
      yield { start: groups[0]!.start, end: start + digits.length };
    }
  }
}

/** The groups of a run, in the pieces that may be written together. */
function piecesOf(run: string, offset: number, text: string): Group[][] {
  const pieces: Group[][] = [[]];
  for (const { 0: digits, index } of run.matchAll(timeOrDigits)) {
    const start = offset + index;
    const isOther = isSomethingElse(digits, start, text);
    if (isOther || isPhone(text, start)) pieces.push([]);
    if (!isOther) pieces.at(-1)!.push({ start, digits });
  }
  return pieces.filter((groups) => groups.length > 0);
}

function isSomethingElse(digits: string, start: number, text: string): boolean {
  const end = start + digits.length;
  const isWrittenTime = /\D/.test(digits);
  return isWrittenTime || isTime(digits) || isFraction(text, start, end) || isInHexWord(text, start, end);
}

/** Whether digits are behind the plus sign of a phone number. One between digits is a blank, encoded for a URL. */
function isPhone(text: string, start: number): boolean {
  return text[start - 1] === "+" && !/\d/.test(text[start - 2] ?? "");
}

/** Whether digits are what is behind a decimal point. A number in groups is not: a list's "1." was before it. */
function isFraction(text: string, start: number, end: number): boolean {
  if (end - start < fewestDigits) return false;
  if (text[start - 1] !== "." || !/\d/.test(text[start - 2] ?? "")) return false;
  return !goesOn.test(text.slice(end, end + 4));
}

/** Whether groups that follow each other make up a card number. A megabyte of digits costs no more than its length. */
function holdsCardNumber(groups: readonly Group[], text: string): boolean {
  const all = groups.map(({ digits }) => digits).join("");
  if (isParcelNumber(all)) return false;
  let from = 0;
  for (const [first, { start, digits }] of groups.entries()) {
    let to = from;
    for (let last = first; last < groups.length && to - from <= mostDigits; last += 1) {
      const group = groups[last]!;
      to += group.digits.length;
      if (!isCardNumber(all, from, to)) continue;
      const isPhoneNumber = isPhone(text, start) && to - from <= 15;
      if (!isPhoneNumber && !touchesId(text, start, group.start + group.digits.length)) return true;
    }
    from += digits.length;
  }
  return false;
}

/** Whether digits are a parcel number of 20 or 22 digits, as USPS and FedEx print them in groups of four. */
function isParcelNumber(digits: string): boolean {
  return /^9[1-6]\d{18}(?:\d\d)?$/.test(digits);
}

/** Digits and separators in base64 begin with one of these letters. */
const encoded = /(?<![A-Za-z0-9+/_-])[IMNOLKD][A-Za-z0-9+/_-]{17,54}={0,2}/g;

function hasEncodedCardNumber(text: string): boolean {
  for (const [word] of text.matchAll(encoded)) {
    const decoded = Buffer.from(word, "base64").toString("latin1");
    if (/^[\d\s./_-]+$/.test(decoded) && candidate.test(decoded) && hasRun(decoded)) return true;
  }
  return false;
}
