import { kafkaBus } from "@till/events/bus";
import { tokenFrom } from "@till/rpc/client";
import { namePortVariables, runUntilSignal } from "@till/rpc/server";
import { addressOf, createLog, createMetrics, reportStart } from "@till/telemetry";
import { startTracing } from "@till/tracing/start";
import type { RunningService, ServiceConfig, ServiceOptions } from "./service-options.ts";

/** A service that a process runs, and what the process says of it. */
type Service<Config extends ServiceConfig> = {
  readonly name: string;
  readonly readConfig: () => Config;
  /** The systems that it uses beside Postgres and Kafka. */
  readonly uses?: (config: Config) => Readonly<Record<string, string>>;
  /** Ports of its own, by the variables that set them. */
  readonly ports?: (config: Config) => Readonly<Record<string, number>>;
  readonly start: (options: ServiceOptions<Config>) => Promise<Started>;
};

/** What runs, and the addresses of what it serves beside gRPC and metrics. */
type Started = RunningService & { readonly serves?: Readonly<Record<string, string>> };

/** Runs a service in a process of its own, on Postgres and Kafka, until a signal. */
export function runService<Config extends ServiceConfig>({
  name,
  readConfig,
  uses = () => ({}),
  ports = () => ({}),
  start,
}: Service<Config>): Promise<void> {
  return runUntilSignal(name, async (signal) => {
    const config = readConfig();
    const log = createLog({ service: name, level: config.logLevel });
    const endTracing = await startTracing(name, config.tracing);
    const { kafkaBrokers: brokers, host, port, metricsPort } = config;
    const used = { Postgres: addressOf(config.databaseUrl), Kafka: brokers.join(","), ...uses(config) };
    const report = reportStart({ service: name, log, uses: used });
    const metrics = createMetrics({ service: name });
    const bus = await kafkaBus({
      ...{ brokers, clientId: `till-${name}`, log, metrics },
      ...{ security: config.kafkaSecurity, token: tokenFrom(config.serviceToken) },
    });
    const variables = { TILL_PORT: port, TILL_METRICS_PORT: metricsPort, ...ports(config) };
    const service = await namePortVariables(variables, () => start({ config, bus, log, metrics, signal }));
    report.ready({
      gRPC: `${config.tls.cert ? "https://" : ""}${host}:${service.port}`,
      ...service.serves,
      metrics: `http://${host}:${service.metricsPort}/metrics`,
    });
    return async () => {
      await service.stop();
      await bus.close();
      await endTracing();
    };
  });
}
