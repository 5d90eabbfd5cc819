import { chown, copyFile, stat } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { type Embedded, startEmbedded } from "@till/embedded-postgres";
import type { StackServer, StackTls, StartOptions } from "./stack-server.ts";

export type PostgresServer = StackServer & {
  /** As the superuser. The databases till_order, till_payment and till_webhook are there, and `postgres`. */
  readonly url: (database: string) => string;
  /** Over TLS with the server verified, where the stack has it. */
  readonly tlsUrl: ((database: string) => string) | undefined;
};

/** The embedded server, as `npm start` runs it. */
export async function startPostgres({
  folder,
  port: wanted,
  tls,
  log,
}: StartOptions): Promise<PostgresServer> {
  const launch = (port: number) =>
    startEmbedded({
      dataDir: join(folder, "postgres"),
      port,
      databases: ["till_order", "till_payment", "till_webhook"],
      log,
    });
  const first = await launch(wanted ?? 0);
  if (tls) await serveTls(first, join(folder, "postgres"), tls);
  const tlsUrl = tls && ((database: string) => verifiedUrl(first.url(database), tls.ca));
  let running: Embedded | undefined = first;

  async function stop(): Promise<void> {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
  }
  async function start(): Promise<void> {
    running ??= await launch(first.port);
  }
  return { port: first.port, url: first.url, tlsUrl, start, stop, discard: stop };
}

/** Turns TLS on, for connections that want it. The settings stay in the data directory. */
async function serveTls(server: Embedded, folder: string, { cert, key }: StackTls): Promise<void> {
  const { uid, gid } = await stat(join(folder, "cluster"));
  const own = { cert: join(folder, "server.pem"), key: join(folder, "server-key.pem") };
  await copyFile(cert, own.cert);
  await copyFile(key, own.key);
  // Postgres takes no key that another user may read.
  for (const file of [own.cert, own.key]) await chown(file, uid, gid);
  const client = new pg.Client({ connectionString: server.url("postgres") });
  await client.connect();
  try {
    for (const [setting, value] of [
      ["ssl_cert_file", own.cert],
      ["ssl_key_file", own.key],
      ["ssl", "on"],
    ] as const)
      await client.query(`ALTER SYSTEM SET ${setting} = ${client.escapeLiteral(value)}`);
    await client.query("SELECT pg_reload_conf()");
  } finally {
    await client.end();
  }
}

function verifiedUrl(url: string, ca: string): string {
  const verified = new URL(url);
  verified.hostname = "localhost"; // drivers verify a name, not every one an address
  verified.searchParams.set("sslmode", "verify-full");
  verified.searchParams.set("sslrootcert", ca);
  return verified.href;
}
