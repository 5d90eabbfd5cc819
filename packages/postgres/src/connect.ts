import { setTimeout as delay } from "node:timers/promises";
import { dataSourceOn } from "./data-source.ts";
import type { Db } from "./db.ts";
import { migrate, type MigrateOptions } from "./migrate.ts";
import { openPool } from "./open-pool.ts";
import { serviceSession } from "./session-settings.ts";
import { isUnavailable } from "./unavailable.ts";

export type ConnectOptions = MigrateOptions & {
  readonly poolSize?: number;
  /** How long to wait for a server that is not up yet. */
  readonly patienceMs?: number;
  /** Whether statements are prepared by name, once a connection. Default true. */
  readonly preparedStatements?: boolean;
};

/** Opens a database, waiting for its server if need be, and brings its schema up to date. */
export async function connect(options: ConnectOptions): Promise<Db> {
  const { role } = options;
  const takesRole = await whenReachable(() => migrate(options), options);
  const settings = { ...serviceSession, ...(role !== undefined && takesRole && { role }) };
  return whenReachable(() => open(options, settings), options);
}

async function open(options: ConnectOptions, settings: Record<string, string>): Promise<Db> {
  const pool = openPool({ ...options, settings });
  const dataSource = dataSourceOn(pool, options);
  try {
    await dataSource.initialize();
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { dataSource, pool, close: () => dataSource.destroy() };
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
