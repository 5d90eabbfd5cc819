/** JSON in which a bigint survives, for cached values have amounts of money. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? { $bigint: `${part}` } : part,
  );
}

/** What jsonText wrote. */
export function fromJsonText(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => (isWrittenBigint(part) ? BigInt(part.$bigint) : part));
}

function isWrittenBigint(part: unknown): part is { readonly $bigint: string } {
  return typeof part === "object" && part !== null && "$bigint" in part && typeof part.$bigint === "string";
}
