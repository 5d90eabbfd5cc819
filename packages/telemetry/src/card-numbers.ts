import { isInHexWord, isoDate, isTime, isUuid, touchesId } from "./look-alikes.ts";

/**
 * Whether a text holds what looks like a card number: 13 to 19 digits that pass the Luhn check, with spaces or dashes
 * between them or without. UUIDs, traceparents, hashes in hex, times and dates are none, nor are decimal fractions,
 * phone numbers with a plus sign, and numbers that begin with 0.
 */
export function hasCardNumber(text: string): boolean {
  if (text.length < fewestDigits || isUuid(text) || !candidate.test(text)) return false;
  return runsWithCardNumber(text).next().done === false;
}

/** The text without its card numbers, and without the digits right behind them. */
export function maskCardNumbers(text: string): string {
  if (text.length < fewestDigits || !candidate.test(text)) return text;
  let masked = "";
  let copied = 0;
  for (const { start, end } of runsWithCardNumber(text)) {
    masked += `${text.slice(copied, start)}[card number]`;
    copied = end;
  }
  return masked + text.slice(copied);
}

const fewestDigits = 13;
const mostDigits = 19;

const separators = String.raw`[\s\u2010-\u2015-]{0,3}`;
const candidate = new RegExp(String.raw`\d(?:${separators}\d){12}`);
const candidates = new RegExp(String.raw`\d(?:${separators}\d){12,}`, "g");

const goesOn = new RegExp(String.raw`^${separators}\d`);

const dateOrDigits = new RegExp(String.raw`${isoDate}|\d+`, "g");

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
  for (const { 0: digits, index } of run.matchAll(dateOrDigits)) {
    const start = offset + index;
    if (isSomethingElse(digits, start, text)) pieces.push([]);
    else pieces.at(-1)!.push({ start, digits });
  }
  return pieces.filter((groups) => groups.length > 0);
}

function isSomethingElse(digits: string, start: number, text: string): boolean {
  const end = start + digits.length;
  const isIsoDate = digits[4] === "-";
  return isIsoDate || isTime(digits) || isFraction(text, start, end) || isInHexWord(text, start, end);
}

/** Whether digits are what is behind a decimal point. A number in groups is not: a list's "1." was before it. */
function isFraction(text: string, start: number, end: number): boolean {
  if (text[start - 1] !== "." || !/\d/.test(text[start - 2] ?? "")) return false;
  return !goesOn.test(text.slice(end, end + 4));
}

/** Whether groups that follow each other make up a card number. A megabyte of digits costs no more than its length. */
function holdsCardNumber(groups: readonly Group[], text: string): boolean {
  const all = groups.map(({ digits }) => digits).join("");
  let from = 0;
  for (const [first, { start, digits }] of groups.entries()) {
    let to = from;
    for (let last = first; last < groups.length && to - from <= mostDigits; last += 1) {
      const group = groups[last]!;
      to += group.digits.length;
      if (!isCardNumber(all, from, to)) continue;
      const isPhone = text[start - 1] === "+" && to - from <= 15;
      if (!isPhone && !touchesId(text, start, group.start + group.digits.length)) return true;
    }
    from += digits.length;
  }
  return false;
}

function isCardNumber(digits: string, from: number, to: number): boolean {
  const isLongEnough = to - from >= fewestDigits && to - from <= mostDigits;
  // No card begins with 0, which ISO/IEC 7812 keeps for other industries; phone and serial numbers do.
  return isLongEnough && digits[from] !== "0" && passesLuhn(digits, from, to);
}

function passesLuhn(digits: string, from: number, to: number): boolean {
  let sum = 0;
  for (let index = to - 1, isDoubled = false; index >= from; index -= 1, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(index) - 48;
    sum += !isDoubled ? digit : digit < 5 ? 2 * digit : 2 * digit - 9;
  }
  return sum % 10 === 0;
}
