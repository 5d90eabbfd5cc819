import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, chown, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Account, runAs } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { freePort } from "./free-port.ts";
import { servesCluster } from "./process-identity.ts";
import { settings } from "./settings.ts";

export type Cluster = {
  readonly folder: string;
  /** Postgres's own data directory, inside the folder. */
  readonly path: string;
  readonly account: Account;
  readonly binaries: Binaries;
  readonly log: (line: string) => void;
};

export const superuser = "till";

/**
 * Makes the data directory unless it is there. It gets its name when it is complete, so one cut short by a
 * crash is made anew. A random password, not trust: the superuser can run programs, and anybody on this
 * machine can reach a loopback port.
 */
export async function createCluster({ folder, path, account, binaries, log }: Cluster): Promise<void> {
  if (existsSync(path)) return;
  log(`creating a Postgres data directory in ${path}`);
  const unfinished = `${path}.new`;
  const password = join(folder, "password");
  await rm(unfinished, { recursive: true, force: true });
  await writeOwn(account, password, randomBytes(24).toString("base64url"));
  await runAs(account, binaries.initdb, [
    `--pgdata=${unfinished}`,
    `--username=${superuser}`,
    `--pwfile=${password}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
  ]);
  await appendFile(join(unfinished, "postgresql.conf"), "include 'till.conf'\n");
  await rename(unfinished, path);
}

/** The superuser's password, as createCluster kept it. */
export function readPassword({ folder }: Cluster): Promise<string> {
  return readFile(join(folder, "password"), "utf8");
}

/** Starts the server and returns the port it listens on, once it takes connections. */
export async function startCluster(cluster: Cluster, wanted: number): Promise<number> {
  await forgetOldLog(cluster);
  for (let attempt = 1; ; attempt++) {
    const port = wanted === 0 ? await freePort() : wanted;
    const problem = await tryStart(cluster, port);
    if (problem === undefined) return port;
    if (attempt === 40) throw new Error(`Postgres did not start: ${problem}`);
    // The processes of a server killed with -9 may be busy for a while before they notice.
    if (problem.includes("shared memory block")) await sleep(200);
    else if (problem.includes("Address already in use")) requireAnyPort(wanted);
    else throw new Error(`Postgres did not start: ${problem}`);
  }
}

/** Stops the server if one runs on this cluster, by this process or another, and forgets one that is dead. */
export async function stopCluster({ path, account, binaries }: Cluster): Promise<void> {
  const pidFile = join(path, "postmaster.pid");
  let problem: unknown;
  for (const mode of ["fast", "immediate", "immediate"]) {
    const file = await readIfThere(pidFile);
    if (file === undefined) return;
    // A dead server's id may be another process's by now. Postgres would take that for itself, and not start.
    if (!(await servesCluster(Number(file.split("\n")[0]), path))) return rm(pidFile, { force: true });
    try {
      await runAs(account, binaries.pgCtl, ["stop", "-D", path, "-m", mode, "-t", "30"]);
      return;
    } catch (error) {
      problem = error; // it hangs, or died this moment: look again
    }
  }
  throw problem;
}

/** Returns what went wrong, as the server's log has it; undefined: it has started. */
async function tryStart(
  { folder, path, account, binaries, log }: Cluster,
  port: number,
): Promise<string | undefined> {
  await writeOwn(account, join(path, "till.conf"), settings(port));
  const logFile = join(folder, "server.log");
  const before = (await readIfThere(logFile))?.length ?? 0;
  const slow = setTimeout(
    () => log("waiting for Postgres, which is slow to start or recovers from a crash"),
    2_000,
  );
  try {
    // pg_ctl gives the server a session of its own, so a terminal's Ctrl-C does not reach it.
    await runAs(account, binaries.pgCtl, ["start", "-D", path, "-l", logFile, "-w", "-t", "300"]);
    return undefined;
  } catch (error) {
    const lines = (await readIfThere(logFile)) ?? "";
    const telling = lines
      .slice(before)
      .split("\n")
      .filter((line) => /\b(FATAL|PANIC|ERROR|could not)\b/.test(line));
    return telling.length > 0 ? `${telling.join("; ")} (see ${logFile})` : (error as Error).message;
  } finally {
    clearTimeout(slow);
  }
}

/** Throws unless the server may listen on another port than the one that is taken. */
function requireAnyPort(port: number): void {
  if (port !== 0) throw new Error(`port ${port} on 127.0.0.1 is already taken, Postgres cannot listen on it`);
}

/** Keeps this run's log and the one before it. */
async function forgetOldLog({ folder }: Cluster): Promise<void> {
  const log = join(folder, "server.log");
  if (existsSync(log)) await rename(log, `${log}.old`);
}

async function writeOwn({ uid, gid }: Account, path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
