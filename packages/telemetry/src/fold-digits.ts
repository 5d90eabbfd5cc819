/**
 * Returns a text of the same length whose digits of any script and width are ASCII digits (NFKC, then Unicode's decimal
 * digits), so that an index in one text is the same place in the other. Invisible characters become spaces.
 */
export function foldDigits(text: string): string {
  return isAscii.test(text) ? text : text.replace(notAscii, foldCharacter);
}

const isAscii = /^[\0-\x7f]*$/;
const notAscii = /[^\0-\x7f]/gu;

const folded = new Map<string, string>();

function foldCharacter(character: string): string {
  let result = folded.get(character);
  if (result === undefined) {
    result = folding(character).padEnd(character.length, " ");
    if (folded.size < 10_000) folded.set(character, result);
  }
  return result;
}

function folding(character: string): string {
  const compatible = character.normalize("NFKC");
  if (/^\d$/.test(compatible)) return compatible;
  if (/^\p{Nd}$/u.test(character)) return String(digitValue(character.codePointAt(0)!));
  return /^[\p{Cf}\p{Mn}\p{Z}]$/u.test(character) ? " ".repeat(character.length) : character;
}

/** Unicode keeps decimal digits in runs of ten, 0 to 9. */
function digitValue(codePoint: number): number {
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(codePoint - before - 1))) before += 1;
  return before % 10;
}
