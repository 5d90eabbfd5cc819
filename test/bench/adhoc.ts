import { execFileSync } from "node:child_process";
import { openPostgres } from "./engines.ts";
import { startSandbox, startService, orderOnLocalBus, typeormService, orderOnKafka } from "./services.ts";
import { measureLoad } from "./measure-load.ts";
import { runPgbench } from "./pgbench.ts";
import { watchCpu } from "./cpu.ts";
import { describeCores } from "./report.ts";
// usage: adhoc.ts what inFlight tries [prof]
const [what = "order", inFlight = "64", tries = "5", prof] = process.argv.slice(2);
const log = (l: string) => console.log(l);
await using server = await openPostgres(log);
const sandbox = await startSandbox();
for (let i = 0; i < Number(tries); i++) {
  const databaseUrl = await server.createDatabase("till_bench_adhoc");
  const script = what === "typeorm" ? typeormService : orderOnLocalBus;
  const service = await startService({ name: "adhoc", script, databaseUrl, sandbox, nodeOptions: prof ? ["--cpu-prof", `--cpu-prof-dir=${prof}`, "--cpu-prof-interval=500", "--cpu-prof-name=p" + i + ".cpuprofile"] : [] });
  if (what === "pgbench") await service.child.stop();
  await server.checkpoint();
  try { log(execFileSync("/tmp/quiet.sh", ["40"]).toString().trim()); } catch { log("never quiet"); }
  let other = 1;
  if (what === "pgbench") {
    const stop = watchCpu({ processes: {sandbox: sandbox.child.pid}, postmaster: server.postmaster });
    const tps = await runPgbench(databaseUrl); const cores = stop();
    log(`pgbench ${Math.round(tps)}/s ${describeCores(cores)}`); other = 0;
  } else {
    const run = await measureLoad({ service, sandbox, server, pace: { inFlight: Number(inFlight) }, warmUpMs: 4000, measuredMs: 8000 });
    other = run.cores!.other!;
    log(`${what} ${inFlight}: ${Math.round(run.perSecond)}/s p50 ${run.p50Ms.toFixed(1)} p95 ${run.p95Ms.toFixed(1)} p99 ${run.p99Ms.toFixed(1)}; ${describeCores(run.cores)}; us/call service ${(run.cores!.service! / run.perSecond * 1e6).toFixed(0)} pg ${(run.cores!.postgres! / run.perSecond * 1e6).toFixed(0)} load ${run.cpuMicrosPerCall.toFixed(1)}; ${run.loadedMb} MB; failed ${run.failed}`);
    await service.child.stop();
  }
  await server.dropDatabase("till_bench_adhoc");
  if (other < 0.12) break;
}
await sandbox.child.stop();
