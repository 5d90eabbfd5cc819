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
  /** The role every connection takes on, one that may do less than the tables' owner, who migrates. */
  readonly role?: string;
};

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for a class
type MigrationClass = Function;

/**
 * Plans are made once and kept. One that reads a whole table is right while the table is nearly empty and ruinous an hour
 * later, so it is not to be chosen where there is an index to go by.
 */
const plans = "-c enable_seqscan=off -c jit=off";

/** Opens a database, waiting for its server if need be, and brings its schema up to date. */
export async function connect(options: ConnectOptions): Promise<Db> {
  const owner = dataSourceFor(options);
  await whenReachable(() => owner.initialize(), options);
  const { role } = options;
  const takesRole = await migrate(owner, options);
  if (!role || !takesRole) return dbOf(owner);
  await owner.destroy();
  const app = dataSourceFor(options, `${plans} -c role=${role}`);
  await whenReachable(() => app.initialize(), options);
  return dbOf(app);
}

function dataSourceFor(
  { url, migrations, log, poolSize = 10 }: ConnectOptions,
  settings = plans,
): DataSource {
  return new DataSource({
    type: "postgres",
    url,
    migrations,
    synchronize: false,
    poolSize,
    connectTimeoutMS: 2_000,
    poolErrorHandler: (error: Error) => log.warn({ err: error }, "a database connection broke"),
    extra: {
      statement_timeout: 10_000,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      options: settings,
    },
  });
}

function dbOf(dataSource: DataSource): Db {
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

/**
 * Two replicas that start together must not both create the tables: one migrates, the other waits for it.
 * Answers whether the role that was asked for can be taken on.
 */
async function migrate(dataSource: DataSource, { url, role, log }: ConnectOptions): Promise<boolean> {
  const guard = new Client({ connectionString: url });
  await guard.connect();
  try {
    await guard.query("SELECT pg_advisory_lock(hashtext('till migrations'))");
    await dataSource.runMigrations({ transaction: "each" });
    return role !== undefined && (await canTake(role, guard, log));
  } finally {
    await guard.end();
  }
}

/** A user of the database that may not create roles keeps its own rights: less protected, but it runs. */
async function canTake(role: string, client: Client, log: Log): Promise<boolean> {
  try {
    await client.query(`SET ROLE ${client.escapeIdentifier(role)}`);
    return true;
  } catch (error) {
    log.warn(
      { err: error, role },
      "the database role cannot be taken on; the tables' owner runs the service",
    );
    return false;
  }
}
