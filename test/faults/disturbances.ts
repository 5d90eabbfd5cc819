import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../support/cluster.ts";
import type { ServiceProcess } from "../support/service-process.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";

/** What was done to the system, and from when to when in epoch milliseconds. */
export type Disturbance = { readonly name: string; readonly from: number; readonly to: number };

/** What was under way in a time, or else what was over last before it. */
export function disturbanceAt(disturbances: readonly Disturbance[], from: number, to: number): string {
  const during = disturbances.filter((disturbance) => disturbance.from <= to && disturbance.to >= from);
  if (during.length > 0) return `during ${during.map(({ name }) => name).join(", ")}`;
  const last = disturbances.findLast((disturbance) => disturbance.to < from);
  return last ? `after ${last.name}` : "before all disturbances";
}

/** While its only broker is away no event can be delivered. */
export const brokerAway = "Kafka restarted";

type DisturbOptions = {
  readonly cluster: Cluster;
  /** Between each replica and its database. */
  readonly databases: readonly TcpProxy[];
  /** Ends it, after the disturbance that is under way. */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
};

const betweenMs = 2_000;

/**
 * Does harm to one part after the other, each kind once in a round and in no order, and mends it. Returns what it has
 * done. One replica of each service is left alone at any time.
 */
export async function disturb({ cluster, databases, signal, log }: DisturbOptions): Promise<Disturbance[]> {
  const replicas = [...cluster.orders, ...cluster.payments];
  const kinds: Readonly<Record<string, () => Promise<void>>> = {
    "replica killed": () => kill(pick(replicas)),
    "replica stopped for a while": () => stopForAWhile(pick(replicas)),
    "replica restarted": () => restart(pick(replicas)),
    "database black-holed": () => blackHole(pick(databases)),
    "database connections reset": () => Promise.resolve(pick(databases).reset()),
    "database slow": () => slowDown(pick(databases)),
    "Redis restarted": () => restartServer(cluster.stack.redis),
    [brokerAway]: () => restartServer(cluster.stack.kafka),
  };
  const done: Disturbance[] = [];
  while (!signal.aborted)
    for (const name of shuffled(Object.keys(kinds))) {
      await delay(betweenMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      log(name);
      const from = Date.now();
      await kinds[name]!();
      done.push({ name, from, to: Date.now() });
    }
  return done;
}

async function kill(replica: ServiceProcess): Promise<void> {
  await replica.kill();
  await delay(500);
  await replica.start();
}

async function restart(replica: ServiceProcess): Promise<void> {
  await replica.stop();
  await replica.start();
}

async function stopForAWhile({ pid }: ServiceProcess): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await delay(5_000);
  process.kill(pid, "SIGCONT");
}

async function blackHole(database: TcpProxy): Promise<void> {
  database.blackHole();
  await delay(5_000);
  database.pass();
}

async function slowDown(database: TcpProxy): Promise<void> {
  database.slow(50);
  await delay(3_000);
  database.pass();
}

async function restartServer(server: {
  stop: () => Promise<void>;
  start: () => Promise<void>;
}): Promise<void> {
  await server.stop();
  await server.start();
}

function pick<Thing>(things: readonly Thing[]): Thing {
  return things[Math.floor(Math.random() * things.length)]!;
}

function shuffled<Thing>(things: readonly Thing[]): Thing[] {
  return things
    .map((thing) => ({ thing, at: Math.random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ thing }) => thing);
}
