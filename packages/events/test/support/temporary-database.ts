import pg from "pg";
import { randomUUID } from "node:crypto";
import { deadLetterOperations, eventTables, relayTables } from "../../src/event-tables.ts";

export type TemporaryDatabase = {
  readonly pool: pg.Pool;
  readonly url: string;
  /** How many statements were sent by sessions that were opened beside the pool. */
  statementsOfSessions(): number;
  drop(): Promise<void>;
};

/** A database of the caller's own on the test server, with the event tables in it. */
export async function temporaryDatabase(serverUrl: string): Promise<TemporaryDatabase> {
  const name = `events_${randomUUID().replaceAll("-", "")}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  let statements = 0;
  const onStatement = () => void (statements += 1);
  const pool = new pg.Pool({ connectionString: url.href, ...{ onStatement } });
  pool.on("error", () => undefined); // tests cut connections
  for (const statement of [...eventTables, ...deadLetterOperations, ...relayTables])
    await pool.query(statement);
  return {
    pool,
    url: url.href,
    statementsOfSessions: () => statements,
    async drop() {
      await pool.end();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
