/**
 * A signal that aborts after `ms` with a TimeoutError, as that of AbortSignal.timeout, unless it is disposed of before. The
 * other one's timer outlives what it bounds and ends in an error with a stack trace, which a thousand calls a second pay for.
 */
export function abortAfter(ms: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException(`timed out after ${ms} ms`, "TimeoutError")),
    ms,
  ).unref();
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
