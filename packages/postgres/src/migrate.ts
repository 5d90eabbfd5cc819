import type { Log } from "@till/telemetry";
import type { Client } from "pg";
import { setTimeout as delay } from "node:timers/promises";
import { dataSourceOn, type SchemaOptions } from "./data-source.ts";
import { ServiceClient } from "./service-client.ts";
import { ServicePool } from "./service-pool.ts";
import { requireSessions } from "./transaction-pooling.ts";
import { applySettings, migrationSession } from "./session-settings.ts";

export type MigrateOptions = SchemaOptions & {
  readonly url: string;
  readonly log: Log;
  /** The role that the service's connections take on. */
  readonly role?: string;
  /** Ends the wait for another replica's migrations. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Brings the schema up to date. Of two replicas that start together one migrates, and the other waits for it. Returns
 * whether the role can be taken on.
 */
export async function migrate(options: MigrateOptions): Promise<boolean> {
  const { url, role, log } = options;
  const guard = new ServiceClient({ connectionString: url, connectionTimeoutMillis: 2_000, keepAlive: true });
  // Without a listener a connection that breaks while idle would end the process.
  guard.on("error", (error) => log.warn({ err: error }, "the migrating connection broke"));
  try {
    await guard.connect();
    await requireSessions(guard, url);
    await applySettings(guard, migrationSession);
    await takeLock(guard, options);
    await runMigrations(options);
    return role !== undefined && (await canTake(role, guard, log));
  } finally {
    await guard.end();
  }
}

async function takeLock(guard: Client, { log, signal }: MigrateOptions): Promise<void> {
  // The lock is of the database; each schema has its own migrations.
  const tryLock =
    "SELECT pg_try_advisory_lock(hashtextextended(concat(current_schema(), ' migrations'), 0)) AS taken";
  for (let tries = 0; ; tries++) {
    const { rows } = await guard.query<{ taken: boolean }>(tryLock);
    if (rows[0]?.taken) return;
    if (tries % 60 === 1) log.info("another replica migrates the database, waiting for it");
    await delay(500, undefined, { signal });
  }
}

async function runMigrations(options: MigrateOptions): Promise<void> {
  const pool = new ServicePool({ ...options, poolSize: 2, settings: migrationSession });
  const owner = dataSourceOn(pool, { migrations: options.migrations });
  try {
    await owner.initialize();
    await owner.runMigrations({ transaction: "each" });
  } finally {
    await pool.close();
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
