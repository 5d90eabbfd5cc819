import { inspectDatabase, type DatabaseFacts } from "@till/postgres/inspect";
import { addressOf } from "@till/telemetry";
import { failed, ok, reasonOf, warn, type CheckResult } from "./check-result.ts";

type DatabaseSettings = {
  readonly url: string;
  readonly variable: string;
  readonly poolSize: number;
  readonly migrations: readonly { readonly name: string }[];
  readonly role?: string;
  readonly keys?: {
    readonly table: string;
    readonly column: string;
    /** Ids of the keys of TILL_ENCRYPTION_KEYS. */
    readonly configured: readonly string[];
  };
};

/** Looks at the service's database: server, rights, schema, sessions, clock and keys. */
export async function checkPostgres(settings: DatabaseSettings): Promise<CheckResult[]> {
  const { url, variable, migrations, role, keys } = settings;
  const address = addressOf(url);
  let facts: DatabaseFacts;
  try {
    facts = await inspectDatabase({
      url,
      migrations: migrations.map(({ name }) => name),
      ...(role !== undefined && { role }),
      ...(keys && { keyColumn: keys }),
    });
  } catch (error) {
    return [unreachable(address, variable, error)];
  }
  const results = [
    ok("postgres", `${address} responds, as ${facts.user}`),
    version(facts),
    writable(facts),
    sessions(facts),
    schemaOf(facts, migrations.length),
    tables(facts),
    connections(facts, settings.poolSize),
    durability(facts),
    clock(facts),
  ];
  if (role !== undefined) results.push(roleOf(role, facts));
  if (keys) results.push(storedKeys(keys.configured, facts));
  return results;
}

function unreachable(address: string, variable: string, error: unknown): CheckResult {
  const { code = "" } = error as { readonly code?: string };
  const found = `${address}: ${reasonOf(error)}`;
  const remedies: Readonly<Record<string, string>> = {
    "28P01": `correct the password in ${variable}`,
    "28000": `correct the user in ${variable}, or let it in (pg_hba.conf)`,
    "3D000": "create the database",
    "53300": "raise max_connections, or lower TILL_POOL_SIZE of what is running",
    ECONNREFUSED: `start Postgres, or correct ${variable}`,
    ENOTFOUND: `correct the host in ${variable}`,
  };
  return failed(
    "postgres",
    found,
    remedies[code] ?? `correct ${variable}, or what is between here and there`,
  );
}

const oldest = 15;

function version({ version: { number, text } }: DatabaseFacts): CheckResult {
  const check = "postgres version";
  if (number >= oldest * 10_000) return ok(check, text);
  return failed(check, `${text} is older than ${oldest}`, `upgrade the server to ${oldest} or newer`);
}

function writable({ isReadOnly }: DatabaseFacts): CheckResult {
  const check = "postgres primary";
  if (!isReadOnly) return ok(check, "takes writes");
  return failed(check, "is read-only", "connect to the primary, and not to a standby");
}

function sessions({ sessionProblem: problem }: DatabaseFacts): CheckResult {
  const check = "postgres sessions";
  if (problem === undefined) return ok(check, "are the service's own: no pooler in transaction mode");
  return failed(check, problem, "connect to Postgres itself, or to a pooler with pool_mode = session");
}

function schemaOf(
  { schema, pending, unknown, canCreate, tablesOfOthers }: DatabaseFacts,
  migrations: number,
): CheckResult {
  const check = "postgres schema";
  if (schema === undefined)
    return failed(check, "no schema of the search path exists", "create it, or correct search_path");
  if (unknown.length > 0 && pending.length === migrations)
    return failed(check, `${schema} has the tables of another service`, "give each service its own database");
  if (unknown.length > 0)
    return warn(
      check,
      `${schema} has ${unknown.length} migrations that this release does not know, ${unknown.at(-1)} the last`,
      "start the release that made them, or a newer one",
    );
  if (pending.length === 0) return ok(check, `${schema} is up to date`);
  const found = `${pending.length} migrations of ${schema} are pending`;
  const owner = "grant this user CREATE on the schema, or run npm run migrate as the tables' owner";
  if (!canCreate) return failed(check, `${found}, and this user may not create tables`, owner);
  if (tablesOfOthers.length > 0)
    return failed(check, `${found}, and ${listed(tablesOfOthers)} belong to another role`, owner);
  return ok(check, `${found}: the service runs them when it starts`);
}

function tables({ lockedTables }: DatabaseFacts): CheckResult {
  const check = "postgres tables";
  if (lockedTables.length === 0) return ok(check, "can be read and written");
  return failed(
    check,
    `this user may not read and write ${listed(lockedTables)}`,
    "grant it SELECT, INSERT, UPDATE and DELETE on the tables of the schema",
  );
}

function connections({ freeConnections }: DatabaseFacts, poolSize: number): CheckResult {
  const check = "postgres connections";
  const found = `${freeConnections} are free, and the service opens up to ${poolSize}`;
  if (freeConnections >= poolSize) return ok(check, found);
  return warn(check, found, "raise max_connections, or lower TILL_POOL_SIZE");
}

function durability({ unsafeSettings }: DatabaseFacts): CheckResult {
  const check = "postgres durability";
  if (unsafeSettings.length === 0) return ok(check, "a commit survives a crash");
  return warn(check, `${unsafeSettings.join(", ")}: a crash loses commits`, "turn them on for real money");
}

/** Leases and due times are by the server's clock; tokens are by this machine's, with a tolerance of seconds. */
function clock({ clockAheadMs }: DatabaseFacts): CheckResult {
  const check = "clock";
  const seconds = Math.abs(clockAheadMs) / 1000;
  const found = `Postgres is ${seconds.toFixed(1)} s ${clockAheadMs < 0 ? "behind" : "ahead of"} this machine`;
  if (seconds <= 2) return ok(check, found);
  const remedy = "synchronize both clocks (NTP)";
  return seconds > 60 ? failed(check, found, remedy) : warn(check, found, remedy);
}

function roleOf(role: string, { canTakeRole }: DatabaseFacts): CheckResult {
  const check = "postgres role";
  if (canTakeRole) return ok(check, `${role}: the audit log can be added to, and not changed`);
  return warn(
    check,
    `this user cannot take on ${role}: the service could change its own audit log`,
    `CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO the user`,
  );
}

function storedKeys(configured: readonly string[], { keyIds }: DatabaseFacts): CheckResult {
  const check = "stored keys";
  const missing = keyIds.filter((id) => !configured.includes(id));
  if (missing.length === 0) return ok(check, "every stored secret can be decrypted");
  return failed(
    check,
    `rows are encrypted with ${listed(missing)}, which TILL_ENCRYPTION_KEYS lacks`,
    "add that key behind the first one",
  );
}

/** The first three. */
function listed(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `${names.slice(0, 3).join(", ")}${more}`;
}
