import { setTimeout as delay } from "node:timers/promises";

/** Waits until a condition holds; fails naming it where it does not in time. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, withinMs = 30_000) {
  const giveUpAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`still not so after ${withinMs} ms: ${what}`);
    await delay(10);
  }
}
