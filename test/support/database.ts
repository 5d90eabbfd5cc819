import { randomBytes } from "node:crypto";
import pg from "pg";

export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/**
 * A fresh database on the tests' Postgres server, or on that of `admin`: empty, or a copy of a template. drop ends the
 * connections to it.
 */
export async function testDatabase(
  admin = process.env["TILL_TEST_POSTGRES_URL"],
  template = "template1",
): Promise<TestDatabase> {
  if (!admin)
    throw new Error(
      "TILL_TEST_POSTGRES_URL is not set: run `npm test`, or paste the lines of `npm run stack`",
    );
  const name = `test_${randomBytes(6).toString("hex")}`;
  await execute(admin, `create database ${name} template ${template}`);
  const url = new URL(admin);
  url.pathname = name;
  return { url: url.href, drop: () => execute(admin, `drop database ${name} with (force)`) };
}

/** Opens a connection, and closes it after its use. */
export async function withClient(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

async function execute(url: string, statement: string): Promise<void> {
  await withClient(url, async (client) => void (await client.query(statement)));
}
