/** Work that is put off. Tests bring timers of their own, to let hours pass at once. */
export type Timers = {
  after(ms: number, work: () => void): void;
  /** Forgets what is still to be done. */
  close(): void;
};

/** The machine's own timers. */
export function systemTimers(): Timers {
  const running = new Set<NodeJS.Timeout>();
  return {
    after(ms, work) {
      const timer = setTimeout(() => {
        running.delete(timer);
        work();
      }, ms).unref();
      running.add(timer);
    },
    close() {
      running.forEach((timer) => clearTimeout(timer));
      running.clear();
    },
  };
}

/** Resolves after a while; never once the timers are closed. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => timers.after(ms, resolve));
}
