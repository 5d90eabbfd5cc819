/** The provider calls of this process that have not returned yet. */
export type InFlightCalls = {
  /** `paymentId`: the payment whose outcome the call brings. */
  track<T>(call: Promise<T>, paymentId?: string): Promise<T>;
  /** Resolves when the calls about a payment that are in flight have ended, well or badly. */
  ended(paymentId: string): Promise<unknown>;
  /** Resolves when the calls in flight have ended, well or badly. */
  completed(): Promise<void>;
};

/** Tracks calls in flight, so that a stop can wait for them even when their callers have hung up. */
export function trackInFlightCalls(): InFlightCalls {
  /** Each with the payment that it is about. */
  const running = new Map<Promise<unknown>, string | undefined>();
  const about = (paymentId: string) => [...running].filter(([, id]) => id === paymentId);
  return {
    track(call, paymentId) {
      running.set(call, paymentId);
      const forget = () => running.delete(call);
      call.then(forget, forget);
      return call;
    },
    ended: (paymentId) => Promise.allSettled(about(paymentId).map(([call]) => call)),
    async completed() {
      await Promise.allSettled(running.keys());
    },
  };
}
