import { readFile, readlink } from "node:fs/promises";
import { runAs } from "./account.ts";

/** What tells a process from a later one with the same id: when it started. Undefined when it is gone. */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return processColumn(pid, "lstart=");
  const line = await orUndefined(readFile(`/proc/${pid}/stat`, "utf8"));
  if (line === undefined) return undefined;
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" "); // the name before it may hold anything
  return fields[0] === "Z" ? undefined : fields[19];
}

/** Whether a process is the Postgres server of this cluster, and not another process that got its id. */
export async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== "linux") return (await processColumn(pid, "command="))?.includes(cluster) ?? false;
  return (await orUndefined(readlink(`/proc/${pid}/cwd`))) === cluster;
}

function processColumn(pid: number, column: string): Promise<string | undefined> {
  return runAs({}, "ps", ["-o", column, "-p", String(pid)]).then(
    (line) => line.trim() || undefined,
    () => undefined,
  );
}

/** Nothing to read means no such process. */
function orUndefined<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
    throw error;
  });
}
