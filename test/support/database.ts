import { randomBytes } from "node:crypto";
import { Client } from "pg";

/** A database of a test's own on the server the runner started; `drop` removes it with everything in it. */
export async function testDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const admin = process.env.TILL_TEST_POSTGRES_URL;
  if (!admin) throw new Error("TILL_TEST_POSTGRES_URL is not set; run the tests with npm test");
  const name = `till_test_${randomBytes(6).toString("hex")}`;
  const run = async (sql: string) => {
    const client = new Client({ connectionString: admin });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}
