/** The provider calls of this process that have not returned yet. */
export type InFlightCalls = {
  track<T>(call: Promise<T>): Promise<T>;
  /** Resolves when the calls in flight have ended, well or badly. */
  completed(): Promise<void>;
};

/** Tracks calls in flight, so that a stop can wait for them even when their callers have hung up. */
export function trackInFlightCalls(): InFlightCalls {
  const running = new Set<Promise<unknown>>();
  return {
    track(call) {
      running.add(call);
      const forget = () => running.delete(call);
      call.then(forget, forget);
      return call;
    },
    async completed() {
      await Promise.allSettled(running);
    },
  };
}
