export type Heartbeat = {
  /** The first error of a heartbeat: the group takes this consumer for dead. */
  readonly error: Error | undefined;
  stop(): void;
};

/** Sends a heartbeat each second while a batch is handled, so that the group keeps its consumer. */
export function startHeartbeat(send: () => Promise<void>): Heartbeat {
  let firstError: Error | undefined;
  const timer = setInterval(() => {
    send().catch((error: Error) => (firstError ??= error));
  }, 1_000);
  return {
    get error() {
      return firstError;
    },
    stop: () => clearInterval(timer),
  };
}
