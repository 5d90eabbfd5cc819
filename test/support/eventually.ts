import { setTimeout as sleep } from "node:timers/promises";

type Patience = { readonly timeoutMs?: number; readonly everyMs?: number };

/**
 * Repeats a check until it neither throws nor returns false, and returns its result. After the time-out
 * it fails with the check's last failure.
 */
export async function eventually<Value>(
  check: () => Value | Promise<Value>,
  { timeoutMs = 30_000, everyMs = 20 }: Patience = {},
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await check();
      if (value !== false) return value;
      failure = new Error("the check returns false");
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) {
      const last = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`still not after ${timeoutMs} ms: ${last}`, { cause: failure });
    }
    await sleep(everyMs);
  }
}
