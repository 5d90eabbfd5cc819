/** The longest decimal that is expanded; an amount has 15 digits at most. */
const longest = 40;

/** Returns a JSON number without an exponent, exactly: "1.5e3" is "1500". Undefined where that would be too long. */
export function decimalOf(text: string): string | undefined {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = jsonNumber.exec(text) ?? [];
  const shift = Number(exponent);
  if (whole.length + fraction.length + Math.abs(shift) > longest) return undefined;
  if (shift === 0) return text.replace(/[eE].*/, "");
  const digits = `${"0".repeat(Math.max(-shift, 0))}${whole}${fraction}${"0".repeat(Math.max(shift, 0))}`;
  const point = whole.length + Math.max(-shift, 0) + shift;
  const units = digits.slice(0, point).replace(/^0+(?=\d)/, "");
  const rest = digits.slice(point).replace(/0+$/, "");
  return rest === "" ? `${sign}${units}` : `${sign}${units}.${rest}`;
}

const jsonNumber = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
