import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { sumOf } from "./counters.ts";
import { watchCpu } from "./cpu.ts";
import { openKafka } from "./engines.ts";
import { orderOnKafka, paymentService, startService, webhookService, type Service } from "./services.ts";

/** What a service costs without a call. */
export type IdleRun = {
  readonly service: string;
  readonly bus: "Kafka" | "local";
  /** Cores in use; undefined where the machine does not tell. */
  readonly cores: number | undefined;
  readonly statementsASecond: number;
};

const kafkaScripts = { order: orderOnKafka, payment: paymentService, webhook: webhookService } as const;
const names = ["order", "payment", "webhook"] as const;

/** Until the caches of a start are filled, groups are joined and Node has compiled what idling runs. */
const quietMs = 15_000;

/** Each service's processor time and statements while it idles, on Kafka and on the local bus. */
export async function measureIdle(bench: Bench): Promise<IdleRun[]> {
  await using kafka = await openKafka(bench.log);
  const onKafka = await measureOn(bench, "Kafka", (name, databaseUrl) =>
    startService({
      ...{ name: `idle-${name}`, script: kafkaScripts[name], databaseUrl },
      ...{ sandbox: bench.sandbox, profileFolder: bench.profileFolder("idle") },
      env: { KAFKA_BROKERS: kafka.brokers },
    }),
  );
  const onLocalBus = await measureOn(bench, "local", (name, databaseUrl) =>
    startService({
      ...{ name: `idle-${name}`, script: "test/bench/idle/main.ts", args: [name], databaseUrl },
      ...{ sandbox: bench.sandbox, profileFolder: bench.profileFolder("idle") },
    }),
  );
  return [...onKafka, ...onLocalBus];
}

type Name = (typeof names)[number];
type Start = (name: Name, databaseUrl: string) => Promise<Service>;

async function measureOn(
  { server, times, log }: Bench,
  bus: IdleRun["bus"],
  start: Start,
): Promise<IdleRun[]> {
  const databaseOf = (name: Name) => `till_bench_idle_${name}`;
  const services = new Map<Name, Service>();
  for (const name of names)
    services.set(name, await start(name, await server.createDatabase(databaseOf(name))));
  await sleep(quietMs);

  const processes = Object.fromEntries([...services].map(([name, { child }]) => [name, child.pid]));
  const statements = () =>
    Promise.all([...services.values()].map(async (service) => sumOf((await service.sent()).statements)));
  const before = await statements();
  const stopWatching = watchCpu({ processes, postmaster: server.postmaster });
  const startedAt = performance.now();
  await Promise.race([sleep(times.measuredMs), ...[...services.values()].map(({ child }) => child.failed)]);
  const seconds = (performance.now() - startedAt) / 1000;
  const cores = stopWatching();
  const after = await statements();

  for (const { child } of services.values()) await child.stop();
  for (const name of names) await server.dropDatabase(databaseOf(name));
  return names.map((service, index) => {
    const statementsASecond = Math.round((10 * (after[index]! - before[index]!)) / seconds) / 10;
    const run = { service, bus, cores: cores?.[service], statementsASecond };
    log(lineOfIdle(run));
    return run;
  });
}

/** One line about an idle service. */
export function lineOfIdle({ service, bus, cores, statementsASecond }: IdleRun): string {
  const share = cores === undefined ? "" : `${(100 * cores).toFixed(1)} % of a core and `;
  return `${service}, idle on ${bus === "local" ? "the local bus" : bus}: ${share}${statementsASecond} statements a second`;
}
