import { setTimeout as delay } from "node:timers/promises";

/** Waits until `check` passes; when it never does, fails with what it said last. */
export async function eventually<T>(check: () => Promise<T> | T, { timeoutMs = 10_000 } = {}): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await delay(25);
    }
  }
}
