import type { Bench } from "./bench.ts";
import { residentMb } from "./cpu.ts";
import { countRows } from "./databases.ts";
import { measureLoad, type MeasuredLoad } from "./measure-load.ts";
import { pgbenchVersion, runPgbench } from "./pgbench.ts";
import { orderOnLocalBus, startService, typeormService } from "./services.ts";

export type CreateFigures = {
  readonly inFlight64: readonly ServiceRun[];
  readonly inFlight256: readonly ServiceRun[];
  readonly typeormSave: readonly ServiceRun[];
  /** Orders a second, a figure a run; none without pgbench. */
  readonly pgbenchPlain: readonly number[];
};

export type ServiceRun = MeasuredLoad & { readonly idleMb: number | undefined };

/**
 * CreateOrder beside its yardsticks, each on tables that are empty when it begins. What is compared closest is
 * measured twice, once before and once after the other.
 */
export async function measureCreate(bench: Bench): Promise<CreateFigures> {
  const figures = { inFlight64: [], inFlight256: [], typeormSave: [], pgbenchPlain: [] } as {
    [Name in keyof CreateFigures]: CreateFigures[Name][number][];
  };
  const hasPgbench = (await pgbenchVersion()) !== undefined;
  if (!hasPgbench) {
    bench.log(
      "pgbench is not on the PATH, so its yardstick is left out (Debian: apt-get install postgresql-contrib)",
    );
  }
  const service = (inFlight: number) => measureService(bench, "order", orderOnLocalBus, inFlight);

  figures.inFlight64.push(await service(64));
  if (hasPgbench) figures.pgbenchPlain.push(await measurePgbench(bench));
  figures.typeormSave.push(await measureService(bench, "typeorm", typeormService, 64));
  figures.inFlight256.push(await service(256));
  if (hasPgbench) figures.pgbenchPlain.push(await measurePgbench(bench));
  figures.inFlight64.push(await service(64));
  return figures;
}

async function measureService(
  bench: Bench,
  name: string,
  script: string,
  inFlight: number,
): Promise<ServiceRun> {
  const { server, sandbox } = bench;
  const database = `till_bench_${name}`;
  const databaseUrl = await server.createDatabase(database);
  const service = await startService({ name, script, databaseUrl, sandbox, nodeOptions: bench.nodeOptions });
  await server.checkpoint();
  const idleMb = residentMb(service.child.pid);
  const run = await measureLoad({ service, sandbox, server, pace: { inFlight }, ...bench.times });
  bench.report(`${name}, ${inFlight} in flight`, run, run.cores);
  const written = await countRows(databaseUrl, "orders");
  bench.require(run.failed === 0, `${name}: ${run.failed} calls failed`);
  bench.require(
    run.answered === written,
    `${name}: ${run.answered} calls were answered OK, yet ${written} orders written`,
  );
  await service.child.stop();
  await server.dropDatabase(database);
  return { ...run, idleMb };
}

/** The service makes its tables and leaves; its relay must not work on pgbench's events. */
async function measurePgbench({ server, sandbox, log }: Bench): Promise<number> {
  const database = "till_bench_pgbench";
  const databaseUrl = await server.createDatabase(database);
  const service = await startService({ name: "order", script: orderOnLocalBus, databaseUrl, sandbox });
  await service.child.stop();
  await server.checkpoint();
  const perSecond = await runPgbench(databaseUrl);
  log(`pgbench: ${Math.round(perSecond)}/s`);
  await server.dropDatabase(database);
  return perSecond;
}
