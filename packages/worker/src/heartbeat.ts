export type Heartbeat = {
  /** Aborts with the error of the first `send` that fails. */
  readonly lost: AbortSignal;
  stop(): void;
};

/** Calls `send` at fixed intervals until it is stopped. A failed call does not stop the later ones. */
export function startHeartbeat(everyMs: number, send: () => Promise<void>): Heartbeat {
  const lost = new AbortController();
  const timer = setInterval(() => void send().catch((error: unknown) => lost.abort(error)), everyMs);
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}
