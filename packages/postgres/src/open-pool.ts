import type { Log } from "@till/telemetry";
import { Client, Pool } from "pg";
import { applySettings, type SessionSettings } from "./session-settings.ts";

export type PoolOptions = {
  readonly url: string;
  readonly log: Log;
  readonly poolSize?: number;
  readonly settings: SessionSettings;
  /** Whether statements are prepared by name, once a connection. Default true. */
  readonly preparedStatements?: boolean;
};

/** Opens a pool of which every connection has the settings. It connects when it is used. */
export function openPool({
  url,
  log,
  poolSize = 10,
  settings,
  preparedStatements = true,
}: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool awaits it, which its types lack
    onConnect: (client) => applySettings(client, settings),
    ...(!preparedStatements && { Client: UnnamedStatements }),
  });
  pool.on("error", (error) => log.warn({ err: error }, "a database connection broke"));
  return pool;
}

/** A client that sends named statements without their names, so that the server keeps none between two of them. */
class UnnamedStatements extends Client {
  constructor(...options: ConstructorParameters<typeof Client>) {
    super(...options);
    const send = this.query.bind(this) as (...given: unknown[]) => unknown;
    this.query = ((first: unknown, ...rest: unknown[]) =>
      send(withoutName(first), ...rest)) as typeof this.query;
  }
}

function withoutName(query: unknown): unknown {
  if (typeof query !== "object" || query === null || !("name" in query) || !("text" in query)) return query;
  return { ...query, name: undefined };
}
