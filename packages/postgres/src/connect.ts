import { setTimeout as delay } from "node:timers/promises";
import { dataSourceOn } from "./data-source.ts";
import type { Db } from "./db.ts";
import type { Registry } from "prom-client";
import { migrate, type MigrateOptions } from "./migrate.ts";
import { poolMetrics } from "./pool-metrics.ts";
import { ServicePool } from "./service-pool.ts";
import { serviceSession } from "./session-settings.ts";
import { isUnavailable } from "./unavailable.ts";
import { watchServer } from "./watch-server.ts";

export type ConnectOptions = MigrateOptions & {
  readonly poolSize?: number;
  /** How long to wait for a server that is not up yet. */
  readonly patienceMs?: number;
  /** Whether statements are prepared by name, once a connection. Default true. */
  readonly preparedStatements?: boolean;
  /** Where the pool is measured; left out: it is not. */
  readonly metrics?: Registry;
  /** Called when the server stops or starts to respond. */
  readonly onReachable?: (isReachable: boolean) => void;
};

/** Opens a database, waiting for its server if need be, and brings its schema up to date. */
export async function connect(options: ConnectOptions): Promise<Db> {
  const { role } = options;
  const takesRole = await whenReachable(() => migrate(options), options);
  const settings = { ...serviceSession, ...(role !== undefined && takesRole && { role }) };
  return whenReachable(() => open(options, settings), options);
}

async function open(options: ConnectOptions, settings: Record<string, string>): Promise<Db> {
  const pool = new ServicePool({ ...options, settings });
  const dataSource = dataSourceOn(pool, options);
  try {
    await dataSource.initialize();
    const watch = await watchServer({ ...options, pool });
    if (options.metrics) poolMetrics(pool, options.metrics);
    return {
      dataSource,
      pool,
      now: watch.now,
      async close() {
        await Promise.all([watch.close(), pool.close()]);
      },
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

async function whenReachable<T>(
  work: () => Promise<T>,
  { log, patienceMs = 60_000, signal }: ConnectOptions,
): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > giveUpAt) throw error;
      if (tries === 1) log.warn({ err: error }, "Postgres cannot be reached, trying again for a minute");
      await delay(500, undefined, { signal });
    }
  }
}
