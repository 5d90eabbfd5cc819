import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { watchCpu, type CoresUsed } from "./cpu.ts";

const run = promisify(execFile);

/** The yardstick's settings; they never change, so that ratios mean the same from one day to the next. */
const settings = ["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", "10"];
const script = join(import.meta.dirname, "place-order.pgbench.sql");

/** The version of the pgbench on the PATH, or undefined without one that works. */
export async function pgbenchVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run("pgbench", ["--version"]);
    return /\d+\.\d+/.exec(stdout)?.[0];
  } catch {
    return undefined; // Debian's wrapper is there and fails when the program behind it is not
  }
}

export type PgbenchRun = { readonly perSecond: number; readonly cores: CoresUsed | undefined };

/** Orders a second that plain transactions write into a database with the order service's tables. */
export async function runPgbench(databaseUrl: string, postmaster: number | undefined): Promise<PgbenchRun> {
  const running = run("pgbench", [...settings, "-f", script, databaseUrl]);
  const stopWatching = watchCpu({ processes: {}, endedProcesses: "pgbench", postmaster });
  const { stdout } = await running;
  const cores = stopWatching();
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0);
  if (!(perSecond > 0) || failed > 0) throw new Error(`pgbench did not do its work:\n${stdout}`);
  return { perSecond, cores };
}
