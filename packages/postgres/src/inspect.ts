import type { Client } from "pg";
import { ServiceClient } from "./service-client.ts";
import { applySettings, serviceSession } from "./session-settings.ts";
import { requireSessions } from "./transaction-pooling.ts";

type InspectOptions = {
  readonly url: string;
  /** Names of the service's migrations, oldest first. */
  readonly migrations: readonly string[];
  /** The role that the service's connections take on. */
  readonly role?: string;
  /** The column of a table that names the key that a row was encrypted with. */
  readonly keyColumn?: { readonly table: string; readonly column: string };
};

/** What a service would find at its database. */
export type DatabaseFacts = {
  readonly version: { readonly number: number; readonly text: string };
  readonly user: string;
  /** Undefined where no schema of the search path exists. */
  readonly schema: string | undefined;
  readonly isReadOnly: boolean;
  readonly canCreate: boolean;
  /** Tables of the schema that another role owns, of which this user is no member. */
  readonly tablesOfOthers: readonly string[];
  /** Tables of the schema that this user may not read and write. */
  readonly lockedTables: readonly string[];
  /** Migrations that have not run, and those that have run and this release does not know. */
  readonly pending: readonly string[];
  readonly unknown: readonly string[];
  /** Whether the role can be taken on, or created by a migration; undefined where there is none to take on. */
  readonly canTakeRole: boolean | undefined;
  /** Ids of the keys that stored rows were encrypted with. */
  readonly keyIds: readonly string[];
  /** Settings of the server that let a commit be lost. */
  readonly unsafeSettings: readonly string[];
  /** Connections that are free, of those that this user may open. */
  readonly freeConnections: number;
  /** How far the server's clock is ahead of this process's, as well as one round trip tells. */
  readonly clockAheadMs: number;
  /** Why the service cannot keep its sessions, as through a pooler in transaction mode. */
  readonly sessionProblem: string | undefined;
};

/** Looks at a database without changing it. Rejects where it cannot be reached, or rejects the user. */
export async function inspectDatabase(options: InspectOptions): Promise<DatabaseFacts> {
  const client = new ServiceClient({ connectionString: options.url, connectionTimeoutMillis: 3_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const sentAt = Date.now();
    const [server] = await rows<Server>(client, selectServer);
    const clockAheadMs = server!.time.getTime() - (sentAt + Date.now()) / 2;
    const tables = await rows<Table>(client, selectTables);
    const done = await migrationsIn(client, tables);
    return {
      version: { number: Number(server!.version_number), text: server!.version },
      user: server!.user,
      schema: server!.schema ?? undefined,
      isReadOnly: server!.read_only === "on",
      canCreate: server!.can_create ?? false,
      tablesOfOthers: namesOf(tables.filter(({ is_own: isOwn }) => !isOwn)),
      lockedTables: namesOf(tables.filter(({ can_use: canUse }) => !canUse)),
      pending: options.migrations.filter((name) => !done.includes(name)),
      unknown: done.filter((name) => !options.migrations.includes(name)),
      canTakeRole: options.role === undefined ? undefined : await canTake(client, options.role),
      keyIds: await keyIdsIn(client, tables, options.keyColumn),
      unsafeSettings: server!.unsafe_settings,
      freeConnections: Number(server!.free_connections),
      clockAheadMs,
      sessionProblem: await sessionProblem(client, options.url),
    };
  } finally {
    await client.end();
  }
}

type Server = {
  readonly version_number: string;
  readonly version: string;
  readonly user: string;
  readonly schema: string | null;
  readonly read_only: string;
  readonly can_create: boolean | null;
  readonly unsafe_settings: string[];
  readonly free_connections: string;
  readonly time: Date;
};

const selectServer = `
  SELECT current_setting('server_version_num') AS version_number, current_setting('server_version') AS version,
         current_user AS user, current_schema() AS schema,
         current_setting('transaction_read_only') AS read_only,
         has_schema_privilege(current_schema(), 'CREATE') AS can_create,
         ARRAY(SELECT name || ' = ' || setting FROM pg_settings
                WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off') AS unsafe_settings,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
           AS free_connections,
         clock_timestamp() AS time`;

type Table = { readonly name: string; readonly is_own: boolean; readonly can_use: boolean };

const selectTables = `
  SELECT relname AS name, pg_has_role(relowner, 'USAGE') AS is_own,
         has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT') AS can_use
    FROM pg_class
   WHERE relkind = 'r' AND relnamespace = to_regnamespace(quote_ident(current_schema()))
   ORDER BY relname`;

/** The names of the migrations that have run, if any has and the user may see them. */
async function migrationsIn(client: Client, tables: readonly Table[]): Promise<string[]> {
  if (!isReadable(tables, "migrations")) return [];
  return (await rows<{ name: string }>(client, "SELECT name FROM migrations ORDER BY id")).map(
    ({ name }) => name,
  );
}

async function keyIdsIn(
  client: Client,
  tables: readonly Table[],
  keyColumn: InspectOptions["keyColumn"],
): Promise<string[]> {
  if (!keyColumn || !isReadable(tables, keyColumn.table)) return [];
  const [table, column] = [keyColumn.table, keyColumn.column].map((name) => client.escapeIdentifier(name));
  const found = await rows<{ id: string }>(
    client,
    `SELECT DISTINCT ${column} AS id FROM ${table} WHERE ${column} IS NOT NULL ORDER BY 1`,
  );
  return found.map(({ id }) => id);
}

/** A role that a migration is still to create can be, where the user may create roles. */
async function canTake(client: Client, role: string): Promise<boolean> {
  const [found] = await rows<{ can: boolean | null }>(
    client,
    `SELECT CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = $1) THEN pg_has_role($1::name, 'MEMBER')
                 ELSE (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) END AS can`,
    [role],
  );
  return found?.can ?? false;
}

async function sessionProblem(client: Client, url: string): Promise<string | undefined> {
  try {
    await requireSessions(client, url);
    await applySettings(client, serviceSession);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function rows<Row extends object>(client: Client, text: string, values: unknown[] = []) {
  const query = Object.assign({ text, values }, { query_timeout: 5_000 });
  return (await client.query<Row>(query)).rows;
}

function isReadable(tables: readonly Table[], table: string): boolean {
  return tables.some(({ name, can_use: canUse }) => name === table && canUse);
}

function namesOf(tables: readonly Table[]): string[] {
  return tables.map(({ name }) => name);
}
