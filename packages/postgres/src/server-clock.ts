/** The database server's clock, as this process knows it. Processes whose own clocks differ agree on it. */
export type ServerClock = {
  readonly now: () => Date;
  /** Takes the server's time of a moment between two values of performance.now(). */
  readonly measure: (serverTime: Date, sentAt: number, receivedAt: number) => void;
};

/** How much worse a measurement becomes in a millisecond: clocks run apart by 50 ppm, and more on bad hardware. */
const driftPerMs = 1e-4;
/** A time that is earlier than the last one by less than this is the last one: clocks are set back now and then. */
const smallStepMs = 1_000;

/**
 * Creates a clock that shows the process's own time until the first measurement. A measurement is as good as its round
 * trip is short: the best one of late counts, unless a newer one contradicts it, as after a failover.
 */
export function createServerClock(): ServerClock {
  let offsetMs = Date.now() - performance.now();
  let errorMs = Infinity;
  let measuredAt = performance.now();
  let last = -Infinity;
  return {
    now() {
      const time = performance.now() + offsetMs;
      last = time < last && time > last - smallStepMs ? last : time;
      return new Date(last);
    },
    measure(serverTime, sentAt, receivedAt) {
      const offset = serverTime.getTime() - (sentAt + receivedAt) / 2;
      // A Date has whole milliseconds.
      const error = (receivedAt - sentAt) / 2 + 1;
      const errorNow = errorMs + (receivedAt - measuredAt) * driftPerMs;
      if (error > errorNow && Math.abs(offset - offsetMs) <= error + errorNow) return;
      offsetMs = offset;
      errorMs = error;
      measuredAt = receivedAt;
    },
  };
}
