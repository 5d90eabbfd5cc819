import { fromBinary, type DescMethod } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import type { Cluster } from "../support/cluster.ts";
import type { ServiceProcess } from "../support/service-process.ts";
import { fuzzCall, roles, type FuzzCall, type Material } from "./fuzz-call.ts";
import { knownIds } from "./known-ids.ts";
import { openConnection, type Reply } from "./send-call.ts";
import { servedMethods } from "./served-methods.ts";
import { prepare } from "./prepare.ts";

/** Makes the calls of a run, at the services of a cluster. */
export type Caller = {
  /** The names of the RPCs that are called. */
  readonly rpcs: readonly string[];
  call(seed: number, index: number): Promise<{ readonly call: FuzzCall; readonly reply: Reply }>;
  /** The calls that overlap a time, those that took longest first. */
  during(from: number, to: number): FuzzCall[];
  /** How often a server has closed a connection. */
  closedConnections(): number;
  /** How often calls ended with which status. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Each RPC with a role that has called it. */
  readonly covered: ReadonlySet<string>;
  close(): void;
};

const users = ["1", "2", "3", "4"].map((last) => `018f0000-0000-7000-9000-0000000f022${last}`);
const keptMs = 60_000;

/** Prepares a few orders and payments, and returns the caller of all RPCs, or of those with the given names. */
export async function openCaller(cluster: Cluster, only: readonly string[]): Promise<Caller> {
  const ids = knownIds(users);
  await prepare(cluster, users, ids);
  const connections = (replicas: readonly ServiceProcess[]) =>
    replicas.map(({ address }) => openConnection(address));
  const services = [cluster.orders, cluster.payments, cluster.webhooks];
  const servers = services.map(connections);
  const methods = await Promise.all(services.map(([replica]) => servedMethods(replica!.address)));
  const served = servers
    .flatMap((server, index) => methods[index]!.map((method) => ({ method, server })))
    .filter(({ method }) => only.length === 0 || only.includes(method.name));
  if (served.length === 0) throw new Error(`no RPC is named ${only.join(" or ")}`);
  const tokens = await tokensOf(cluster);
  const material: Material = {
    ...{ methods: served.map(({ method }) => method), users, ids },
    token: (user, role) => tokens.get(`${user} ${role}`)!,
  };
  const statuses = new Map<string, number>();
  const covered = new Set<string>();
  const inHand = new Set<Timed>();
  const ended: Timed[] = [];

  function keep(method: DescMethod, { messages }: Reply): void {
    for (const bytes of messages) {
      try {
        ids.harvest(method.output, fromBinary(method.output, bytes));
      } catch {
        return; // the judge reports it
      }
    }
  }

  return {
    rpcs: material.methods.map(({ name }) => name),
    statuses,
    covered,
    async call(seed, index) {
      const call = fuzzCall(seed, index, material);
      const { server } = served[material.methods.indexOf(call.method)]!;
      const timed: Timed = { call, from: performance.now(), to: Infinity };
      inHand.add(timed);
      const reply = await server[index % server.length]!.send(call);
      inHand.delete(timed);
      timed.to = performance.now();
      ended.push(timed);
      while (ended[0]!.to < timed.to - keptMs) ended.shift();
      covered.add(`${call.method.parent.typeName}/${call.method.name} ${call.role}`);
      const name =
        reply.status === undefined ? `no status (${reply.without})` : (status[reply.status] ?? "?");
      statuses.set(name, (statuses.get(name) ?? 0) + 1);
      if (reply.status === undefined || reply.status === 0) keep(call.method, reply);
      return { call, reply };
    },
    during: (from, to) =>
      [...inHand, ...ended]
        .filter((one) => one.from < to && one.to > from)
        .sort((one, other) => other.to - other.from - (one.to - one.from))
        .map(({ call }) => call),
    closedConnections: () => servers.flat().reduce((sum, server) => sum + server.closed(), 0),
    close: () => servers.flat().forEach((server) => server.close()),
  };
}

type Timed = { readonly call: FuzzCall; readonly from: number; to: number };

async function tokensOf(cluster: Cluster): Promise<Map<string, string>> {
  const tokens = new Map<string, string>();
  for (const user of users)
    for (const role of ["user", "admin", "service"] as const)
      tokens.set(`${user} ${role}`, await cluster.token(user, role));
  return tokens;
}

/** How many pairs of an RPC and a role there are. */
export function pairsOf({ rpcs }: Caller): number {
  return rpcs.length * roles.length;
}
