import type { Bench } from "./bench.ts";
import { runPgbench, type PgbenchRun } from "./pgbench.ts";
import { orderOnLocalBus, startService } from "./services.ts";

/**
 * pgbench's plain transaction on empty tables. The service makes them and leaves: its relay must not work on pgbench's
 * events.
 */
export async function measurePgbench({ server, sandbox, report }: Bench): Promise<PgbenchRun> {
  const database = "till_bench_pgbench";
  const databaseUrl = await server.createDatabase(database);
  const service = await startService({ name: "order", script: orderOnLocalBus, databaseUrl, sandbox });
  await service.child.stop();
  await server.checkpoint();
  const run = await runPgbench(databaseUrl, server.postmaster);
  report("pgbench", run, run.cores);
  await server.dropDatabase(database);
  return run;
}
