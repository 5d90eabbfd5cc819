import { collectDefaultMetrics, Registry } from "prom-client";

export type Metrics = Registry;

/** Upper bounds of the durations of calls, in seconds; 0.3, 0.5, 2 and 5 are service levels. */
export const callBuckets: number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10,
];

/** The metrics of one service, in a registry of their own, with those of its process. */
export function createMetrics({ service }: { readonly service: string }): Metrics {
  const metrics = new Registry();
  metrics.setDefaultLabels({ service });
  // Each sample of the event loop wakes the process: at the default of 10 ms that is most of what idling costs.
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: 100 });
  return metrics;
}
