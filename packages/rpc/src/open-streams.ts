import type { AppError } from "./app-error.ts";
import { appError } from "./app-error.ts";

/** Ends one stream with a failure. */
type End = (failure: AppError) => void;

/** The streams a server has open. */
export type OpenStreams = {
  add(end: End): void;
  remove(end: End): void;
  /** Ends them, and every later one at once, with UNAVAILABLE: their callers go on at another server. */
  endAll(): void;
};

/** Keeps the streams a server has open, so that a server which stops need not wait until they end by themselves. */
export function trackStreams(): OpenStreams {
  const open = new Set<End>();
  let isClosed = false;
  const shuttingDown = () =>
    appError("SHUTTING_DOWN", "the server stops, go on at another one", {
      retryAfterMs: 100,
    });
  return {
    add(end) {
      if (isClosed) end(shuttingDown());
      else open.add(end);
    },
    remove: (end) => void open.delete(end),
    endAll() {
      isClosed = true;
      for (const end of open) end(shuttingDown());
    },
  };
}
