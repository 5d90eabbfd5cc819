/** How long to wait after so many failures in a row: doubling from `firstMs`, at most `maxMs`, jittered by a half. */
export function backOffMs(
  failures: number,
  { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number },
  random: () => number = Math.random,
): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  return fullMs * (0.5 + random() / 2);
}
