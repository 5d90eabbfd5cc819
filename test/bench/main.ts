import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { measureCreate } from "./create-part.ts";
import { openPostgres } from "./engines.ts";
import { describeCores } from "./report.ts";
import { startSandbox } from "./services.ts";
const log = (line: string) => console.error(`bench: ${line}`);
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
const problems: string[] = [];
await using server = await openPostgres(log);
const sandbox = await startSandbox();
const bench: Bench = {
  server, sandbox, times: { warmUpMs: 4_000, measuredMs: 10_000 }, nodeOptions: [], log,
  report: (name, run) => log(`${name}: ${Math.round(run.perSecond)}/s, p50 ${run.p50Ms.toFixed(1)} p95 ${run.p95Ms.toFixed(1)} p99 ${run.p99Ms.toFixed(1)} ms; ${describeCores(run.cores)}; load ${run.cpuMicrosPerCall.toFixed(1)} us/call; ${run.loadedMb} MB`),
  require: (isSo, otherwise) => { if (!isSo) { problems.push(otherwise); log(otherwise); } },
};
const create = await measureCreate(bench);
await sandbox.child.stop();
console.log(JSON.stringify(create, null, 1));
