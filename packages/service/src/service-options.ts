import type { serviceSettings } from "@till/config";
import type { Bus } from "@till/events/bus";
import type { Log, Metrics } from "@till/telemetry";

/** The settings that every service has. */
export type ServiceConfig = ReturnType<typeof serviceSettings> & { readonly databaseUrl: string };

/** What a process passes to the service it runs: the settings, and the engines of its deployment. */
export type ServiceOptions<Config extends ServiceConfig> = {
  readonly config: Config;
  readonly bus: Bus;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends a start that waits for its database. */
  readonly signal?: AbortSignal | undefined;
};

export type RunningService = {
  readonly port: number;
  readonly metricsPort: number;
  stop(): Promise<void>;
};
