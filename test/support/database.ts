import { randomBytes } from "node:crypto";
import pg from "pg";

export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/** A fresh database on the tests' Postgres server, or on that of `admin`; drop ends the connections to it. */
export async function testDatabase(admin = process.env["TILL_TEST_POSTGRES_URL"]): Promise<TestDatabase> {
  if (!admin)
    throw new Error(
      "TILL_TEST_POSTGRES_URL is not set: run `npm test`, or paste the lines of `npm run stack`",
    );
  const name = `test_${randomBytes(6).toString("hex")}`;
  await execute(admin, `create database ${name}`);
  const url = new URL(admin);
  url.pathname = name;
  return { url: url.href, drop: () => execute(admin, `drop database ${name} with (force)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
