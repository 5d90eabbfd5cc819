export type SpanOptions = {
  readonly kind: "server" | "client" | "producer" | "consumer" | "internal";
  /** The W3C traceparent of what caused it. Left out: the span that is worked in. */
  readonly parent?: () => string | undefined;
  /** Whether there is a span only within another one: the statements of a poll are no trace. */
  readonly onlyWithin?: boolean;
  readonly attributes?: Readonly<Record<string, string | number>>;
};

export type StartedSpan = { readonly traceparent: string; end(error?: unknown): void };

/** What exports spans. */
export type SpanBackend = {
  inSpan<Result>(
    name: string,
    options: SpanOptions,
    work: (traceparent: string | undefined) => Promise<Result>,
  ): Promise<Result>;
  startSpan(name: string, options: SpanOptions): StartedSpan;
};
