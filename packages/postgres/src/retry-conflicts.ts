import { setTimeout as delay } from "node:timers/promises";

/**
 * Repeats `work` after a serialization failure or a deadlock, which its repetition need not meet, and after what else
 * `isRepeatable`. Three tries.
 */
export async function retryConflicts<T>(
  work: () => Promise<T>,
  isRepeatable: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 3 || !(isConflict(error) || isRepeatable(error))) throw error;
      await delay(Math.random() * 20 * tries);
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "40001" || error.code === "40P01");
}
