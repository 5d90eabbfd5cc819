import { startChild } from "./child.ts";
import { sentBetween, type Counters } from "./counters.ts";
import { residentMb, watchCpu, type CoresUsed } from "./cpu.ts";
import type { LoadMessage } from "./load/tell-bench.ts";
import type { Sandbox, Service } from "./services.ts";

export type LoadRun<Name extends string> = {
  /** The load's process, and what its profile is called. */
  readonly name: string;
  readonly script: string;
  /** Its one argument, as JSON. */
  readonly argument: object;
  readonly profileFolder: string | undefined;
  /** Whose counters are read as well, when the measured window begins and ends. */
  readonly services: Readonly<Record<Name, Service>>;
  readonly sandbox: Sandbox;
  /** Whose share of the processors is reported beside theirs. */
  readonly processes?: Readonly<Record<string, number>>;
  readonly postmaster: number | undefined;
};

/** Who used the processors in the measured window, and what the services sent meanwhile. */
export type MeasuredWindow<Name extends string = string> = {
  readonly cores: CoresUsed | undefined;
  readonly sent: Readonly<Record<Name, Counters>>;
  readonly loadedMb: Readonly<Record<Name, number | undefined>>;
  readonly beganAt: number;
  readonly endedAt: number;
};

/** Runs a load in a process of its own, and watches everybody in its measured window. */
export async function runLoad<Result, Name extends string>(
  run: LoadRun<Name>,
): Promise<{ readonly result: Result; readonly window: MeasuredWindow<Name> }> {
  const { name, script, argument, profileFolder, services, sandbox, postmaster } = run;
  const child = startChild({ name, script, args: [JSON.stringify(argument)], profileFolder });
  const pids = { ...each(services, ({ child }) => child.pid), load: child.pid, sandbox: sandbox.child.pid };
  const processes = { ...pids, ...run.processes };

  const watched = Promise.withResolvers<() => Promise<MeasuredWindow<Name>>>();
  const answered = new Promise<Result>((resolve) => {
    let end: () => Promise<MeasuredWindow<Name>>;
    child.process.on("message", ({ window, result }: LoadMessage<Result>) => {
      if (window === "begins") end = beginWindow(services, processes, postmaster);
      if (window === "ends") {
        const ended = end();
        watched.resolve(() => ended);
      }
      if (result !== undefined) resolve(result);
    });
  });
  const failures = Object.values<Service>(services).map(({ child }) => child.failed);
  const result = await Promise.race([answered, child.failed, ...failures]);
  const window = await (await watched.promise)();
  await child.stop();
  return { result, window };
}

/** Begins to watch; the answer ends it. */
function beginWindow<Name extends string>(
  services: Readonly<Record<Name, Service>>,
  processes: Readonly<Record<string, number>>,
  postmaster: number | undefined,
): () => Promise<MeasuredWindow<Name>> {
  const beganAt = Date.now();
  const before = each(services, (service) => service.sent());
  const stopWatching = watchCpu({ processes, postmaster });
  return async () => {
    const endedAt = Date.now();
    const cores = stopWatching();
    const loadedMb = each(services, ({ child }) => residentMb(child.pid));
    const sent = {} as Record<Name, Counters>;
    for (const name of Object.keys(services) as Name[])
      sent[name] = sentBetween(await before[name], await services[name].sent());
    return { cores, sent, loadedMb, beganAt, endedAt };
  };
}

function each<Name extends string, Value>(
  services: Readonly<Record<Name, Service>>,
  read: (service: Service) => Value,
): Record<Name, Value> {
  const entries = Object.entries<Service>(services).map(([name, service]) => [name, read(service)] as const);
  return Object.fromEntries(entries) as Record<Name, Value>;
}
