import type { Log } from "@till/telemetry";
import { Client, type Pool } from "pg";
import { setTimeout as delay } from "node:timers/promises";
import { DataSource, type MixedList } from "typeorm";
import { isUnavailable } from "./unavailable.ts";

/** A service's database: TypeORM's DataSource for migrations and mapping, its pool for prepared statements. */
export type Db = {
  readonly dataSource: DataSource;
  readonly pool: Pool;
  close(): Promise<void>;
};

export type ConnectOptions = {
  readonly url: string;
  /** TypeORM migration classes; what has not run yet is run, one process at a time. */
  readonly migrations: MixedList<MigrationClass>;
  readonly log: Log;
  readonly poolSize?: number;
  /** How long to wait for a server that is not up yet. */
  readonly patienceMs?: number;
};

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for a class
type MigrationClass = Function;

/** Opens a database, waiting for its server if need be, and brings its schema up to date. */
export async function connect(options: ConnectOptions): Promise<Db> {
  const { url, migrations, log, poolSize = 10 } = options;
  const dataSource = new DataSource({
    type: "postgres",
    url,
    migrations,
    synchronize: false,
    poolSize,
    connectTimeoutMS: 2_000,
    poolErrorHandler: (error: Error) => log.warn({ err: error }, "a database connection broke"),
    extra: { statement_timeout: 10_000, idle_in_transaction_session_timeout: 10_000, keepAlive: true },
  });
  await whenReachable(() => dataSource.initialize(), options);
  await migrate(dataSource, url);
  const pool = (dataSource.driver as unknown as { readonly master: Pool }).master;
  return { dataSource, pool, close: () => dataSource.destroy() };
}

async function whenReachable(open: () => Promise<unknown>, { log, patienceMs = 60_000 }: ConnectOptions) {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    try {
      await open();
      return;
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > giveUpAt) throw error;
      log.warn({ err: error }, "the database is not there yet, trying again");
      await delay(500);
    }
  }
}

/** Two replicas that start together must not both create the tables: one migrates, the other waits for it. */
async function migrate(dataSource: DataSource, url: string): Promise<void> {
  const guard = new Client({ connectionString: url });
  await guard.connect();
  try {
    await guard.query("SELECT pg_advisory_lock(hashtext('till migrations'))");
    await dataSource.runMigrations({ transaction: "each" });
  } finally {
    await guard.end();
  }
}
