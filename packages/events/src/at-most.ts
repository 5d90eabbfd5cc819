import { pause } from "./pause.ts";

/** Waits for work, but no longer than this: what does not answer must not keep a process from stopping. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, pause(ms, over.signal)]);
  } finally {
    over.abort();
  }
}
