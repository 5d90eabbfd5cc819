/** The attempts under way in this process. */
export type InFlightCalls = {
  track<T>(attempt: Promise<T>): Promise<T>;
  /** Resolves when those under way have ended, well or badly. */
  settled(): Promise<void>;
};

/** Keeps the attempts under way, so that a stop can wait for them even where their callers have gone. */
export function trackInFlightCalls(): InFlightCalls {
  const running = new Set<Promise<unknown>>();
  return {
    track(attempt) {
      running.add(attempt);
      const forget = () => running.delete(attempt);
      attempt.then(forget, forget);
      return attempt;
    },
    async settled() {
      await Promise.allSettled(running);
    },
  };
}
