import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The yardstick's settings; they never change, so that ratios mean the same from one day to the next. */
const settings = ["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", "10"];
const script = join(import.meta.dirname, "place-order.pgbench.sql");

/** The version of the pgbench on the PATH, or undefined without one. */
export async function pgbenchVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run("pgbench", ["--version"]);
    return /\d+\.\d+/.exec(stdout)?.[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Orders a second that plain transactions write into a database with the order service's tables. */
export async function runPgbench(databaseUrl: string): Promise<number> {
  const { stdout } = await run("pgbench", [...settings, "-f", script, databaseUrl]);
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0);
  if (!(perSecond > 0) || failed > 0) throw new Error(`pgbench did not do its work:\n${stdout}`);
  return perSecond;
}
