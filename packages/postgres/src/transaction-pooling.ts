import type { Client } from "pg";
import { ServiceClient } from "./service-client.ts";

/**
 * Throws where a pooler lends server sessions by the transaction or statement. The service keeps locks, settings and its
 * role on a session: there they would leak to other clients.
 */
export async function requireSessions(first: Client, url: string): Promise<void> {
  const second = new ServiceClient({ connectionString: url, connectionTimeoutMillis: 2_000 });
  second.on("error", () => undefined);
  try {
    await second.connect();
    const before = await serverPid(first);
    // Between two transactions of its own, the first one's server session is free for a transaction pooler to lend.
    await begin(second);
    const borrowed = await serverPid(second);
    const after = borrowed === before ? before : await serverPid(first);
    await second.query("ROLLBACK");
    if (borrowed === before || after !== before) throw new Error(message);
  } finally {
    await second.end();
  }
}

/** A pooler in statement mode rejects transactions, in words of its own. */
async function begin(client: Client): Promise<void> {
  try {
    await client.query("BEGIN");
  } catch (error) {
    throw /statement pooling/.test(String(error)) ? new Error(message) : error;
  }
}

const message =
  "the database is behind a pooler in transaction or statement mode: connect to Postgres itself, or use session mode (pool_mode = session)";

async function serverPid(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]!.pid;
}
