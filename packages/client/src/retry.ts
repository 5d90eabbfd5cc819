import type { TillError } from "./till-error.ts";

/**
 * Retries of a call, unless its client has another number. Their pauses are 3.5 seconds at least: longer than the transport
 * waits before it connects to a server again (2 seconds, and a random fifth), so that a call survives the restart of one
 * server right after another one's.
 */
export const defaultRetries = 7;

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * Returns how long to wait before a failed call is repeated, or undefined where a repeat is of no use. Every call can be
 * repeated: queries change nothing, commands have a key. UNAVAILABLE is retried, and ABORTED where the service has sent
 * a time for it; PRICE_CHANGED, for one, is ABORTED without.
 */
export function pauseBeforeRetry({ code, retryAfterMs }: TillError, retries: number): number | undefined {
  if (code === "UNAVAILABLE") return (retryAfterMs ?? 0) + jittered(retries);
  if (code === "ABORTED" && retryAfterMs !== undefined) return retryAfterMs + jittered(retries);
  return undefined;
}

/**
 * A time that is twice as long with each retry, the half of it random, so that callers who failed together do not return
 * together.
 */
export function jittered(retries: number): number {
  return (0.5 + Math.random() / 2) * Math.min(firstPauseMs * 2 ** retries, longestPauseMs);
}

/** Waits. Throws the signal's reason once it is aborted. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
