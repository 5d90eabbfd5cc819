import type { Bench } from "./bench.ts";
import { isDisturbed, residentMb, type CoresUsed } from "./cpu.ts";
import { countRows } from "./databases.ts";
import { measureLoad, type MeasuredLoad } from "./measure-load.ts";
import { measurePgbench } from "./measure-pgbench.ts";
import { pgbenchVersion, type PgbenchRun } from "./pgbench.ts";
import { orderOnLocalBus, startService, typeormService } from "./services.ts";

export type CreateFigures = {
  readonly inFlight64: readonly ServiceRun[];
  readonly inFlight256: readonly ServiceRun[];
  readonly typeormSave: readonly ServiceRun[];
  /** None without pgbench. */
  readonly pgbenchPlain: readonly PgbenchRun[];
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
  if (!hasPgbench)
    bench.log("pgbench is left out: it is not on the PATH (Debian: apt-get install postgresql)");
  const service = (inFlight: number) => measureService(bench, "order", orderOnLocalBus, inFlight);
  const once = <Run extends Watched>(measure: () => Promise<Run>) => undisturbed(bench, measure);

  figures.inFlight64.push(await once(() => service(64)));
  if (hasPgbench) figures.pgbenchPlain.push(await once(() => measurePgbench(bench)));
  figures.typeormSave.push(await once(() => measureService(bench, "typeorm", typeormService, 64)));
  figures.inFlight256.push(await once(() => service(256)));
  if (hasPgbench) figures.pgbenchPlain.push(await once(() => measurePgbench(bench)));
  figures.inFlight64.push(await once(() => service(64)));
  return figures;
}

type Watched = { readonly cores: CoresUsed | undefined };

/** Measures once more what something else on the machine has disturbed, and keeps the less disturbed. */
async function undisturbed<Run extends Watched>({ log }: Bench, measure: () => Promise<Run>): Promise<Run> {
  const first = await measure();
  if (!isDisturbed(first.cores)) return first;
  log("something else was busy on this machine meanwhile: once more");
  const second = await measure();
  return second.cores!.other! < first.cores!.other! ? second : first;
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
  const profileFolder = bench.profileFolder("create");
  const service = await startService({ name, script, databaseUrl, sandbox, profileFolder });
  await server.checkpoint();
  const idleMb = residentMb(service.child.pid);
  const run = await measureLoad(bench, { service, pace: { inFlight }, times: bench.times, profileFolder });
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
