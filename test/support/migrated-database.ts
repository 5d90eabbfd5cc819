import { migrate, type MigrateOptions } from "@till/postgres/migrate";
import { createLog } from "@till/telemetry";
import type { Client } from "pg";
import { testDatabase, withClient, type TestDatabase } from "./database.ts";

type Schema = { readonly service: "order" | "payment" | "webhook" } & Pick<MigrateOptions, "migrations">;

/**
 * A fresh database on the tests' server with a service's tables: a copy of a template that is migrated once in a run of
 * the tests, which TILL_TEST_RUN names. Without that name it is empty, and the service migrates it.
 */
export async function migratedDatabase(schema: Schema): Promise<TestDatabase> {
  const { TILL_TEST_POSTGRES_URL: admin, TILL_TEST_RUN: run } = process.env;
  if (!admin || !run) return testDatabase();
  const template = `${templatesOf(run)}${schema.service}`;
  await withClient(admin, async (client) => {
    // Of two test files one makes it, and the other waits. The lock ends with the connection.
    await client.query("SELECT pg_advisory_lock(hashtext($1))", [template]);
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [template]);
    if (rowCount === 0) await makeTemplate(client, template, schema);
  });
  return testDatabase(admin, template);
}

/** Drops the templates of a run. */
export function dropTemplates(admin: string, run: string): Promise<void> {
  return withClient(admin, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)",
      [templatesOf(run)],
    );
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
  });
}

async function makeTemplate(client: Client, template: string, { migrations }: Schema): Promise<void> {
  const { url } = await testDatabase();
  await migrate({ url, migrations, log: createLog({ service: "test", level: "silent" }) });
  await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} RENAME TO ${template}`);
}

function templatesOf(run: string): string {
  return `template_${run}_`;
}
