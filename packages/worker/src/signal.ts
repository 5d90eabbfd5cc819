/** A flag that many callers set and one loop waits for. */
export type Signal = {
  /** Ends the wait, or the next one. Many notifications count as one. */
  readonly notify: () => void;
  /** Waits for a notification, at most `ms`. */
  readonly wait: (ms: number) => Promise<void>;
};

/** Creates a signal. Notifying costs next to nothing, so that every commit may do it. */
export function createSignal(): Signal {
  let isNotified = false;
  let wake: (() => void) | undefined;
  return {
    notify() {
      isNotified = true;
      wake?.();
    },
    async wait(ms) {
      if (!isNotified) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      isNotified = false;
    },
  };
}
