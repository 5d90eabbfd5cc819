import pg from "pg";

/** Creates the databases that are missing; the others are left as they are. */
export async function createDatabases(url: string, wanted: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>("select datname as name from pg_database");
    const present = new Set(rows.map((row) => row.name));
    for (const name of wanted)
      if (!present.has(name)) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
