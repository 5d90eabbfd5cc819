/** What is written with as many digits as a card number and is none: UUIDs, traces, hashes, times and dates. */

const hex = "[0-9a-fA-F]";
const uuidPattern = `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`;
const traceparentPattern = `${hex}{2}-${hex}{32}-${hex}{16}-${hex}{2}`;
const longestId = 55;

const uuid = new RegExp(`^${uuidPattern}$`);
const ids = new RegExp(`${uuidPattern}|${traceparentPattern}`, "g");

/** Whether a text is a UUID and nothing else, as most texts of a request are. */
export function isUuid(text: string): boolean {
  return text.length === 36 && uuid.test(text);
}

/** Whether a part of a text is within a UUID or a traceparent, or overlaps one. */
export function touchesId(text: string, start: number, end: number): boolean {
  const offset = Math.max(start - longestId, 0);
  for (const { 0: id, index } of text.slice(offset, end + longestId).matchAll(ids))
    if (offset + index < end && offset + index + id.length > start) return true;
  return false;
}

const month = "(?:0[1-9]|1[0-2])";
const day = "(?:0[1-9]|[12][0-9]|3[01])";

/** A date of this century, as ISO 8601 writes it. */
export const isoDate = `20[0-9]{2}-${month}-${day}(?![0-9])`;

const time = "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{3})?)?";
const dateTime = new RegExp(`^20[0-9]{2}${month}${day}(?:${time})?$`);

/** Whole seconds, milli-, micro- or nanoseconds since 1970, from July 2017 to May 2033. */
const epoch = /^1[5-9](?:\d{8}|\d{11}|\d{14}|\d{17})$/;

/**
 * Whether digits are a time, which is often part of a key: since 1970, or yyyymmdd, alone or with hhmm, hhmmss or
 * hhmmssmmm. From 2033 on the former will begin with 2, as cards do.
 */
export function isTime(digits: string): boolean {
  return digits.length >= 8 && (epoch.test(digits) || dateTime.test(digits));
}

/** Of span ids, MongoDB's ids, trace ids and MD5, SHA-1, 24 bytes, SHA-224, SHA-256, SHA-384 and SHA-512. */
const hexLengths: ReadonlySet<number> = new Set([16, 24, 32, 40, 48, 56, 64, 96, 128]);
const longestHex = 128;

/**
 * Whether digits are part of an id or a hash in hex, which has runs of digits by chance: as long as those are, and
 * with letters on more than one side of digits. A card number with letters before or behind it is not.
 */
export function isInHexWord(text: string, start: number, end: number): boolean {
  if (!isHexLetter(text[start - 1]) && !isHexLetter(text[end])) return false;
  const before = /[a-z0-9]*$/i.exec(text.slice(Math.max(start - longestHex, 0), start))?.[0] ?? "";
  const after = /^[a-z0-9]*/i.exec(text.slice(end, end + longestHex))?.[0] ?? "";
  const word = before + text.slice(start, end) + after;
  return hexLengths.has(word.length) && /^[0-9a-f]+$/i.test(word) && /[a-f]\d+[a-f]/i.test(word);
}

function isHexLetter(letter: string | undefined): boolean {
  return letter !== undefined && /[a-f]/i.test(letter);
}
