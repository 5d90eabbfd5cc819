import { collectDefaultMetrics, Registry } from "prom-client";

export type Metrics = Registry;

/** The metrics of one service, in a registry of their own, with those of its process. */
export function createMetrics({ service }: { readonly service: string }): Metrics {
  const metrics = new Registry();
  metrics.setDefaultLabels({ service });
  collectDefaultMetrics({ register: metrics });
  return metrics;
}
