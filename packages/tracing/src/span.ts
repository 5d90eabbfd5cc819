import type { SpanBackend, SpanOptions, StartedSpan } from "./span-backend.ts";

export type { SpanOptions } from "./span-backend.ts";

let backend: SpanBackend | undefined;

/** Sends spans there from now on; undefined: nowhere, and a span costs nothing. */
export function setBackend(given: SpanBackend | undefined): void {
  backend = given;
}

/** Whether spans are exported. */
export function isTracing(): boolean {
  return backend !== undefined;
}

/** Works within a span, which ends with it; `work` gets the span's traceparent. Without tracing it is the work alone. */
export function inSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (traceparent: string | undefined) => Promise<Result>,
): Promise<Result> {
  return backend === undefined ? work(undefined) : backend.inSpan(name, options, work);
}

/** Starts a span that its caller ends. Undefined without tracing. */
export function startSpan(name: string, options: SpanOptions): StartedSpan | undefined {
  return backend?.startSpan(name, options);
}
