import pg from "pg";
import { postmasterOf } from "./cpu.ts";

/** A Postgres server on which the bench makes databases of its own. */
export type Server = {
  readonly version: string;
  /** Its first process, if it runs on this machine. */
  readonly postmaster: number | undefined;
  /** A new, empty database, and its URL. What had its name before is gone. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Gets the dirty pages of the measurement before out of the way of the next. */
  checkpoint(): Promise<void>;
};

/** Throws for a server whose commits are not durable: its figures would mean nothing. */
export async function openServer(urlOf: (database: string) => string): Promise<Server> {
  const admin = urlOf("postgres");
  const [facts] = await ask<Facts>(
    admin,
    `SELECT current_setting('server_version') AS version, pg_backend_pid() AS backend,
            current_setting('fsync') = 'on' AND current_setting('synchronous_commit') = 'on' AS durable`,
    (row) => ({ ...row, postmaster: postmasterOf(row.backend) }),
  );
  if (!facts!.durable) throw new Error("this Postgres runs with fsync or synchronous_commit off");
  return {
    version: facts!.version.split(" ")[0]!,
    postmaster: facts!.postmaster,
    async createDatabase(name) {
      await ask(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await ask(admin, `CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    async dropDatabase(name) {
      await ask(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
    async checkpoint() {
      await ask(admin, "CHECKPOINT");
    },
  };
}

type Facts = {
  readonly version: string;
  readonly backend: number;
  readonly durable: boolean;
  readonly postmaster: number | undefined;
};

/** How many rows a table has. */
export async function countRows(url: string, table: string): Promise<number> {
  const [row] = await ask<{ count: number }>(url, `SELECT count(*)::int AS count FROM ${table}`);
  return row!.count;
}

/** Runs one statement; `read` looks at the rows while the connection is still there. */
async function ask<Row>(url: string, text: string, read: (row: Row) => Row = (row) => row): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(text);
    return (rows as Row[]).map(read);
  } finally {
    await client.end();
  }
}
