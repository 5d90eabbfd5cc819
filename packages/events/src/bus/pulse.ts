export type Pulse = {
  /** Why the beat was refused, once it has been. */
  readonly lost: Error | undefined;
  stop(): void;
};

/** Beats every second beside work that takes long, so that others know we are alive. */
export function startPulse(beat: () => Promise<void>): Pulse {
  let lost: Error | undefined;
  const timer = setInterval(() => {
    beat().catch((error: Error) => (lost ??= error));
  }, 1_000);
  return {
    get lost() {
      return lost;
    },
    stop: () => clearInterval(timer),
  };
}
