/**
 * Whether a text holds what looks like a card number: 13 to 19 digits that pass the Luhn check, with spaces or dashes
 * between them or without. Ids of ours, UUIDs and other hex words, traceparents, decimal fractions, phone numbers with
 * a plus sign, and numbers that begin as times and dates do (15 to 19, 20, 0) are none.
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

const hex = "[0-9a-fA-F]";
const uuidPattern = `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`;
const uuid = new RegExp(`^${uuidPattern}$`);
const uuids = new RegExp(uuidPattern, "g");
const isHex = new RegExp(`^${hex}+$`);

/** Most texts of a request are ids. */
function isUuid(text: string): boolean {
  return text.length === 36 && uuid.test(text);
}

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
  for (const { 0: digits, index } of run.matchAll(/\d+/g)) {
    const group = { start: offset + index, digits };
    if (isTime(digits) || isFraction(group, text) || isInHexWord(group, text)) pieces.push([]);
    else pieces.at(-1)!.push(group);
  }
  return pieces.filter((groups) => groups.length > 0);
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
      if (!isPhone && !touchesUuid(text, start, group.start + group.digits.length)) return true;
    }
    from += digits.length;
  }
  return false;
}

function isCardNumber(digits: string, from: number, to: number): boolean {
  const isLongEnough = to - from >= fewestDigits && to - from <= mostDigits;
  return (
    isLongEnough && !/^(?:0|1[5-9]|20)/.test(digits.slice(from, from + 2)) && passesLuhn(digits, from, to)
  );
}

function passesLuhn(digits: string, from: number, to: number): boolean {
  let sum = 0;
  for (let index = to - 1, isDoubled = false; index >= from; index -= 1, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(index) - 48;
    sum += !isDoubled ? digit : digit < 5 ? 2 * digit : 2 * digit - 9;
  }
  return sum % 10 === 0;
}

function touchesUuid(text: string, start: number, end: number): boolean {
  const offset = Math.max(start - 36, 0);
  for (const { index } of text.slice(offset, end + 36).matchAll(uuids))
    if (offset + index < end && offset + index + 36 > start) return true;
  return false;
}

/** Seconds, milliseconds, micro- and nanoseconds since 1970: often part of a key, never part of a card number. */
function isTime(digits: string): boolean {
  return digits.length >= 10 && /^1[5-9](?:\d{8}|\d{11}|\d{14}|\d{17})$/.test(digits);
}

function isFraction({ start }: Group, text: string): boolean {
  return text[start - 1] === "." && /\d/.test(text[start - 2] ?? "");
}

/** Random hex has runs of digits in it; a word with other letters that ends in a card number hides one. */
function isInHexWord({ start, digits }: Group, text: string): boolean {
  const end = start + digits.length;
  if (!isHex.test(text[start - 1] ?? "") && !isHex.test(text[end] ?? "")) return false;
  const before = /[a-z0-9]*$/i.exec(text.slice(Math.max(start - 64, 0), start))?.[0] ?? "";
  const after = /^[a-z0-9]*/i.exec(text.slice(end, end + 64))?.[0] ?? "";
  return isHex.test(before + after);
}
