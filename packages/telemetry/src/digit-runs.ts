import { fewestDigits } from "./issuers.ts";

export const mostSeparators = 5;

/**
 * Whether a text can hold a card number at all: as many digits in a row, with up to five separators between two of
 * them, or a character beyond ASCII, which may be a digit too. One pass without a pattern, as each line of the log and
 * each text of a request goes through it and hardly one has such a row.
 */
export function hasDigitRun(text: string): boolean {
  let digits = 0;
  let separators = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > lastOfAscii) return true;
    if (code >= zero && code <= nine) {
      digits += 1;
      if (digits === fewestDigits) return true;
      separators = 0;
    } else if (digits > 0) {
      separators += 1;
      if (separators > mostSeparators || isLetter(code)) digits = separators = 0;
    }
  }
  return false;
}

const lastOfAscii = 0x7f;
const zero = "0".charCodeAt(0);
const nine = "9".charCodeAt(0);

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
