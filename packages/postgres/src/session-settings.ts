import type { ClientBase } from "pg";

/** Server settings of a session by their names, and the values Postgres shows for them. */
export type SessionSettings = Readonly<Record<string, string>>;

/**
 * Settings of the service's connections. Plans are made once and kept: one that reads a whole table is right while the
 * table is nearly empty and ruinous an hour later, so it is not to be chosen where there is an index.
 */
export const serviceSession: SessionSettings = {
  enable_seqscan: "off",
  jit: "off",
  // The statements count on it, and a database may have another default.
  default_transaction_isolation: "read committed",
  statement_timeout: "10s",
  idle_in_transaction_session_timeout: "2s",
};

/** Settings of a connection that migrates: a change of a large table takes the time it takes. */
export const migrationSession: SessionSettings = {
  default_transaction_isolation: "read committed",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
};

/**
 * Applies settings to a connection and verifies them. Not by startup parameters, which a connection pooler rejects or
 * ignores. Throws where a setting did not take effect. Returns the process id of the server session.
 */
export async function applySettings(client: ClientBase, settings: SessionSettings): Promise<number> {
  const names = Object.keys(settings);
  const given = "unnest($1::text[], $2::text[]) AS given(name, value)";
  // A stuck server must not hold up the caller: no timeout of the session applies yet.
  const run = (text: string, values: unknown[]) =>
    client.query<{ pid: number; wrong: string | null }>(withTimeout({ text, values }));
  await run(`SELECT set_config(name, value, false) FROM ${given}`, [names, Object.values(settings)]);
  const { rows } = await run(
    `SELECT pg_backend_pid() AS pid, (SELECT string_agg(name, ', ' ORDER BY name) FROM ${given}
        WHERE current_setting(name) IS DISTINCT FROM value) AS wrong`,
    [names, Object.values(settings)],
  );
  const { pid, wrong } = rows[0]!;
  if (wrong === null) return pid;
  throw new Error(`the database session does not keep its settings (${wrong}); is a pooler in between?`);
}

/** The option of a single query that the driver has and its types lack. */
function withTimeout(query: { text: string; values: unknown[] }): typeof query {
  return Object.assign(query, { query_timeout: 2_000 });
}
