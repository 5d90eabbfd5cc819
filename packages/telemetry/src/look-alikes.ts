/** What has as many digits as a card number and is none: UUIDs, traces, IBANs, hashes, times, dates. */

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

/** Whether a part of a text is within a UUID, a traceparent or an IBAN, or overlaps one. */
export function touchesId(text: string, start: number, end: number): boolean {
  const offset = Math.max(start - longestId, 0);
  const around = text.slice(offset, end + longestId);
  const touches = (id: string, index: number) => offset + index < end && offset + index + id.length > start;
  for (const { 0: id, index } of around.matchAll(ids)) if (touches(id, index)) return true;
  for (const { 0: id, index } of around.matchAll(ibans))
    if (touches(id, index) && startsWithIban(id)) return true;
  return false;
}

/** Country, check digits, and 11 to 30 more characters, in groups of four or in none. */
const ibans = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{1,4}){3,8}(?![A-Za-z0-9])/g;

/** Whether an IBAN is at the beginning; the words behind it may look like a part of it. */
function startsWithIban(text: string): boolean {
  const characters = text.replace(/[ -]/g, "").toUpperCase();
  const length = ibanLengths.get(characters.slice(0, 2));
  return length !== undefined && characters.length >= length && isIban(characters.slice(0, length));
}

/** How long an IBAN is in each country that has it. */
const ibanLengths: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 " +
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 " +
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 " +
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** ISO 13616: the first four characters moved to the end, letters as 10 to 35, leave 1 modulo 97. */
function isIban(characters: string): boolean {
  let rest = 0;
  for (const character of characters.slice(4) + characters.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (value < 10 ? rest * 10 + value : rest * 100 + value) % 97;
  }
  return rest === 1;
}

const month = "(?:0[1-9]|1[0-2])";
const day = "(?:0[1-9]|[12][0-9]|3[01])";

const isoDate = `20[0-9]{2}-${month}-${day}(?![0-9])`;
const dayOrMonth = "(?:0?[1-9]|[12][0-9]|3[01])";
const localDate = `(?<![0-9])${dayOrMonth}[./-]${dayOrMonth}[./-]20[0-9]{2}(?![0-9])`;
const clock = "(?<![0-9])(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?(?![0-9])";

/** A date of this century or a time of day, with separators. */
export const writtenTime = `${isoDate}|${localDate}|${clock}`;

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

/** Of span ids, keys of ten bytes, MongoDB's ids, trace ids and MD5, SHA-1, 24 bytes, SHA-224, SHA-256, SHA-384 and SHA-512. */
const hexLengths: ReadonlySet<number> = new Set([16, 20, 24, 32, 40, 48, 56, 64, 96, 128]);
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
