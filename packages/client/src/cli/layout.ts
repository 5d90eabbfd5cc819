import type { Money } from "../money.ts";

/** Lines of columns, each as wide as its widest cell, without blanks at their ends. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** An amount for people, exactly: 1,234.50 EUR. */
export function formatMoney({ currency, amount }: Money): string {
  const decimals = amount.split(".")[1]?.length ?? 0;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  // A text is formatted digit by digit, where a number would be rounded.
  return `${new Intl.NumberFormat("en", digits).format(amount as `${number}`)} ${currency}`;
}

/** A time for people, to the second. */
export function formatTime(time: Date): string {
  return time
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}
