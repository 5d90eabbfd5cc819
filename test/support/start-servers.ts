import { type ServerName, serverNames, startStack, whatIsMissing } from "@till/stack";
import { randomBytes } from "node:crypto";
import { oldestDebianPostgres, startDebianPostgres } from "./debian-postgres.ts";
import { dropTemplates } from "./migrated-database.ts";

type Servers = {
  /** Where the tests find the servers. */
  readonly env: Readonly<Record<string, string>>;
  /** One line for each server that this machine cannot start. */
  readonly leftOut: readonly string[];
  readonly stop: () => Promise<void>;
};

const variables: Readonly<Record<ServerName, string>> = {
  postgres: "TILL_TEST_POSTGRES_URL",
  redis: "TILL_TEST_REDIS_URL",
  kafka: "TILL_TEST_KAFKA_BROKERS",
};

/** What tests start by themselves, and leave out where it is not installed. */
const programs = ["grpcurl", "pgbouncer", "stripe-mock", "chromium", "prometheus", "jq"];

/**
 * Starts what the tests need. A server whose variable is set already (by the lines of `npm run stack`) is used as
 * it is. One that cannot be started leaves its suites out, unless TILL_REQUIRE names it. With TILL_TEST_POSTGRES=oldest
 * Postgres is the oldest of Debian's packages on this machine.
 */
export async function startServers(log: (line: string) => void): Promise<Servers> {
  const required = (process.env["TILL_REQUIRE"] ?? "").split(",").filter((name) => name !== "");
  const known: readonly string[] = [...serverNames, ...programs];
  const unknown = required.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`TILL_REQUIRE names ${unknown}, not one of ${known.join(", ")}`);

  const parts: ServerName[] = [];
  const leftOut: string[] = [];
  const oldest = process.env["TILL_TEST_POSTGRES"] === "oldest" ? await startOldestPostgres(log) : undefined;
  for (const name of serverNames) {
    if (process.env[variables[name]] || (name === "postgres" && oldest)) continue;
    const missing = await whatIsMissing(name, log);
    if (missing === undefined) parts.push(name);
    else if (required.includes(name)) throw new Error(`TILL_REQUIRE names ${name}, but ${missing}`);
    else leftOut.push(`the suites on ${name} were left out: ${missing}`);
  }
  if (parts.length > 0) log(`starting ${parts.join(", ")}`);
  const stack = await startStack({ servers: parts, log });
  const { postgres, redis, kafka }: Partial<typeof stack> = stack;
  const run = randomBytes(6).toString("hex");
  const env: Record<string, string> = {
    TILL_TEST_RUN: run,
    ...(postgres && { [variables.postgres]: postgres.url("postgres") }),
    ...(oldest && { [variables.postgres]: oldest.url }),
    ...(redis && { [variables.redis]: redis.url }),
    ...(kafka && { [variables.kafka]: kafka.brokers }),
  };
  for (const line of leftOut) log(line);
  return {
    env,
    leftOut,
    async stop() {
      const given = process.env[variables.postgres];
      if (given) await dropTemplates(given, run);
      await Promise.all([stack.stop(), oldest?.stop()]);
    },
  };
}

function startOldestPostgres(log: (line: string) => void) {
  const bin = oldestDebianPostgres();
  if (bin === undefined)
    throw new Error("TILL_TEST_POSTGRES is oldest, and Debian's postgresql is not installed");
  log(`Postgres is that of ${bin}`);
  return startDebianPostgres(bin);
}
