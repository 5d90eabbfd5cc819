import { setTimeout as sleep } from "node:timers/promises";

/** How long a load warmed up, and whether its rate was steady in the end. */
export type WarmUp = { readonly warmUpMs: number; readonly isSteady: boolean };

/** How far the rate of a window may be from that of the one before. */
const tolerance = 0.05;
/** A window with fewer calls tells nothing of their rate. */
const fewestCalls = 10;

/**
 * Waits until a rate is steady, the compiler and the caches done with their work: three windows in a row have, within 5 per
 * cent or what chance makes of so few, the same number of calls. It takes `leastMs` at least and ten times that at most.
 */
export async function untilSteady(callsSoFar: () => number, leastMs: number): Promise<WarmUp> {
  const windowMs = leastMs / 2;
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  let before = NaN;
  let alike = 0;
  while (alike < 2) {
    if (elapsed() + windowMs > 10 * leastMs) return { warmUpMs: elapsed(), isSteady: false };
    const begun = callsSoFar();
    await sleep(windowMs);
    const calls = callsSoFar() - begun;
    const allowed = Math.max(tolerance * before, 2 * Math.sqrt(before));
    alike = calls >= fewestCalls && Math.abs(calls - before) <= allowed ? alike + 1 : 0;
    before = calls;
  }
  return { warmUpMs: elapsed(), isSteady: true };
}
