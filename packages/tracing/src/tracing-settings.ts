export type TracingSettings = {
  /** Where spans are posted, such as http://otel-collector:4318/v1/traces. */
  readonly url: string;
  /** The share of traces that begin here and are sampled; others follow their caller. */
  readonly ratio: number;
};
