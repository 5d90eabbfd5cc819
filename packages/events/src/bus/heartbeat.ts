export type Heartbeat = {
  /** The first error of a heartbeat: the group takes this consumer for dead. */
  readonly failure: Error | undefined;
  stop(): void;
};

/** Sends a heartbeat each second while a batch is handled, so that the group keeps its consumer. */
export function startHeartbeat(send: () => Promise<void>): Heartbeat {
  let failure: Error | undefined;
  const timer = setInterval(() => {
    send().catch((error: Error) => (failure ??= error));
  }, 1_000);
  return {
    get failure() {
      return failure;
    },
    stop: () => clearInterval(timer),
  };
}
