/** Delayed work. Tests pass a scheduler of their own and advance its time by hand. */
export type Scheduler = {
  schedule(delayMs: number, work: () => void): void;
  /** Cancels all pending work. */
  close(): void;
};

/** Schedules with Node's timers, which do not keep the process alive. */
export function systemScheduler(): Scheduler {
  const pending = new Set<NodeJS.Timeout>();
  return {
    schedule(delayMs, work) {
      const timer = setTimeout(() => {
        pending.delete(timer);
        work();
      }, delayMs).unref();
      pending.add(timer);
    },
    close() {
      pending.forEach((timer) => clearTimeout(timer));
      pending.clear();
    },
  };
}

/** Resolves after `delayMs`; never once the scheduler is closed. */
export function pause(scheduler: Scheduler, delayMs: number): Promise<void> {
  return new Promise((resolve) => scheduler.schedule(delayMs, resolve));
}
