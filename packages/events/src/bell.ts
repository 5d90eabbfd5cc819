export type Bell = {
  ring(): void;
  /** Waits for a ring, at most so long. One that came while nobody waited counts; many count as one. */
  wait(ms: number): Promise<void>;
};

/** Lets many callers wake one loop. */
export function createBell(): Bell {
  let rung = false;
  let hear: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      hear?.();
    },
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          hear = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      hear = undefined;
      rung = false;
    },
  };
}
