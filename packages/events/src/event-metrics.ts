import { Counter, Gauge, Histogram, Registry, type Metric } from "prom-client";

/** What a relay counts. The age of its backlog is computed when the metrics are read, for it grows by itself. */
export function relayMetrics(backlogAgeSeconds: () => number, metrics = new Registry()) {
  const published = new Counter({
    name: "events_published_total",
    help: "Events the bus has acknowledged.",
    registers: [metrics],
  });
  const rejected = new Counter({
    name: "events_rejected_total",
    help: "Outgoing events that the bus rejected: they are in the table rejected_event, with the reason.",
    registers: [metrics],
  });
  new Gauge({
    name: "outbox_backlog_age_seconds",
    help: "Age of the oldest event not published yet; 0 where there is none, and on a stand-by.",
    registers: [metrics],
    collect() {
      this.set(backlogAgeSeconds());
    },
  });
  return { published, rejected };
}

/** What a process's connections to Kafka count. */
export function kafkaMetrics(metrics = new Registry()) {
  return {
    requests: the(metrics, Counter, {
      name: "kafka_requests_total",
      help: "Requests that the brokers have responded to, by name, such as Produce, Fetch, OffsetCommit.",
      labelNames: ["api"],
    }),
  };
}

/** What the consumers of a process count. */
export function consumerMetrics(metrics = new Registry()) {
  const consumed = the(metrics, Counter, {
    name: "events_consumed_total",
    help: "Events dealt with, by group and how: handled, skipped, early (parked), poison (dead letter).",
    labelNames: ["group", "outcome"],
  });
  const delivery = the(metrics, Histogram, {
    name: "event_delivery_seconds",
    help: "Time from an event to the end of its handling, by group.",
    labelNames: ["group"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  });
  return { consumed, delivery };
}

type Kind<M, Config> = new (config: Config) => M;

/** A metric of the registry, made at the first use: consumers of one process share theirs. */
function the<M extends Metric, Config extends { name: string }>(
  metrics: Registry,
  Kind: Kind<M, Config & { registers: Registry[] }>,
  config: Config,
): M {
  const known = metrics.getSingleMetric(config.name) as M | undefined;
  return known ?? new Kind({ ...config, registers: [metrics] });
}
