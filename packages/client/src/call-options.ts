/** Options that every call takes. */
export type CallOptions = {
  /** Deadline of the call with all of its retries, in milliseconds. Left out: that of the client. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call, which then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Names the call in the services' logs. Left out: one is made. */
  readonly requestId?: string | undefined;
};

/** Options of calls that change something. */
export type CommandOptions = CallOptions & {
  /**
   * Names what is to happen, once and for all: a repeat with the same key returns the first call's result. Left out: one
   * is made for this call and kept over its retries. Give one, such as your own order number, to be able to repeat the
   * call after a crash. 1 to 255 visible ASCII characters.
   */
  readonly idempotencyKey?: string | undefined;
};
