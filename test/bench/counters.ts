/** What a service has sent since its start, as its metrics have it. */
export type Counters = {
  /** To Postgres, by the statement's name; BEGIN and COMMIT too. */
  readonly statements: Counts;
  /** To Kafka, by the request's name; the producer's and the consumers' apart from the admin's. */
  readonly kafkaRequests: Counts;
  readonly eventsPublished: number;
};

type Counts = Readonly<Record<string, number>>;

/** Reads a service's counters from its metrics. */
export async function readCounters(metricsUrl: string): Promise<Counters> {
  const metrics = await (await fetch(metricsUrl)).text();
  return {
    statements: countsOf(metrics, "postgres_statements_total", "statement"),
    kafkaRequests: countsOf(metrics, "kafka_requests_total", "api"),
    eventsPublished: Number(/^events_published_total\S* (\d+)/m.exec(metrics)?.[1] ?? 0),
  };
}

/** What was sent between two readings. */
export function sentBetween(before: Counters, after: Counters): Counters {
  return {
    statements: lessEach(after.statements, before.statements),
    kafkaRequests: lessEach(after.kafkaRequests, before.kafkaRequests),
    eventsPublished: after.eventsPublished - before.eventsPublished,
  };
}

export function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function countsOf(metrics: string, metric: string, label: string): Counts {
  const line = new RegExp(`^${metric}\\{(?:.*,)?${label}="([^"]*)".*\\} (\\d+)$`, "gm");
  const counts = [...metrics.matchAll(line)].map(([, name = "", count]) => [name, Number(count)] as const);
  return Object.fromEntries(counts);
}

/** Those that have grown, the largest first. */
function lessEach(after: Counts, before: Counts): Counts {
  const grown = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0).sort(([, one], [, other]) => other - one));
}
