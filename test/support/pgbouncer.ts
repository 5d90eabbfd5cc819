import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findAccount } from "../../packages/embedded-postgres/src/account.ts";
import { freePort } from "@till/embedded-postgres/free-port";

export type PgBouncer = {
  /** The database `postgres` behind it; other databases have the same host and port. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

type Options = {
  /** The Postgres behind it, as a user that may connect to every database. */
  readonly to: string;
  readonly poolMode: "session" | "transaction" | "statement";
  /** Further lines of its configuration. */
  readonly settings?: Readonly<Record<string, string | number>>;
};

const program = "/usr/sbin/pgbouncer";

/** Whether Debian's package pgbouncer is installed. */
export function hasPgBouncer(): boolean {
  return existsSync(program);
}

/** Starts a PgBouncer on a free port of 127.0.0.1. */
export async function startPgBouncer({ to, poolMode, settings = {} }: Options): Promise<PgBouncer> {
  const account = await findAccount(() => undefined);
  const folder = await mkdtemp("/var/tmp/till-pgbouncer-");
  const port = await freePort();
  const { hostname, port: serverPort, username, password } = new URL(to);
  const lines = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    // Any user name is logged in as the server's user.
    auth_type: "any",
    pool_mode: poolMode,
    max_client_conn: 200,
    default_pool_size: 50,
    ...settings,
  };
  const file = join(folder, "pgbouncer.ini");
  const server = `host=${hostname} port=${serverPort} user=${username} password=${password}`;
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}`);
  await writeFile(file, ["[databases]", `* = ${server}`, "[pgbouncer]", ...text, ""].join("\n"));
  await chmod(folder, 0o755);
  const child = spawn(program, [file], { ...account, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  await new Promise<void>((resolve, reject) => {
    const logged: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      logged.push(line);
      if (line.includes("process up")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`pgbouncer ended with ${code}: ${logged.join("\n")}`)));
  });
  return {
    url: `postgresql://${username}:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}
