import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Bench } from "./bench.ts";
import { measureCreate } from "./create-part.ts";
import { openPostgres } from "./engines.ts";
import { measureEvents } from "./events-part.ts";
import { measureFloor } from "./floor-part.ts";
import { measureGateway } from "./gateway-part.ts";
import { measureIdle } from "./idle-part.ts";
import { measureLife } from "./life-part.ts";
import { measureList } from "./list-part.ts";
import { help, readOptions, type Options } from "./options.ts";
import { measureMemory } from "./memory-part.ts";
import { measurePay } from "./pay-part.ts";
import { readProfiles } from "./profiles.ts";
import { record } from "./record.ts";
import { toReport, type Figures } from "./report.ts";
import { startSandbox } from "./services.ts";
import { lineOf, tableOf } from "./table.ts";

const log = (line: string) => console.error(`bench: ${line}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  const options = readOptions(process.argv.slice(2));
  if (options) await bench(options);
  else console.log(help);
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exit(1); // what else still runs ends with this process
}

/** Measures the chosen parts, then tells. What was found wrong on the way makes it fail in the end. */
async function bench({ parts, times, profile, isRecorded }: Options): Promise<void> {
  const problems: string[] = [];
  await using server = await openPostgres(log);
  const sandbox = await startSandbox();
  const run: Bench = {
    server,
    sandbox,
    times,
    profileFolder: (part) => profile && resolve(profile, part),
    log,
    report: (name, measured, cores) => log(lineOf(name, measured, cores)),
    require(isSo, otherwise) {
      if (!isSo) problems.push(otherwise);
    },
  };

  const create = parts.includes("create") ? await measureCreate(run) : undefined;
  const peak = create && Math.max(...create.inFlight64.map(({ perSecond }) => perSecond));
  const events = parts.includes("events") ? await measureEvents(run, peak) : undefined;
  const life = parts.includes("life") ? await measureLife(run) : undefined;
  const pay = parts.includes("pay") ? await measurePay(run) : undefined;
  const list = parts.includes("list") ? await measureList(run) : undefined;
  const gateway = parts.includes("gateway") ? await measureGateway(run) : undefined;
  const idle = parts.includes("idle") ? await measureIdle(run) : undefined;
  const floor = parts.includes("floor") ? await measureFloor(run) : undefined;
  const memory = parts.includes("memory") ? await measureMemory(run) : undefined;
  await sandbox.child.stop();

  const figures: Figures = {
    ...(create && { create }),
    ...(events && { events }),
    ...(life && { life }),
    ...(pay && { pay }),
    ...(list && { list }),
    ...(gateway && { gateway }),
    ...(idle && { idle }),
    ...(floor && { floor }),
    ...(memory && { memory }),
    ...(profile && { profiles: readProfiles(resolve(profile)) }),
  };
  const report = await toReport(figures, server.version);
  console.log(tableOf(report));
  await writeFile(join(import.meta.dirname, "../../bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  log("bench.json has it all");
  if (isRecorded) await record(report);
  for (const problem of problems) console.error(`bench: WRONG: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
