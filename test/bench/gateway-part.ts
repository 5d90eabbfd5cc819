import type { Bench } from "./bench.ts";
import { startChild } from "./child.ts";
import { watchCpu, type CoresUsed } from "./cpu.ts";
import type { GatewayLoad, GatewayLoadMessage, Rpc } from "./gateway/main.ts";
import { protocols, type Protocol } from "./gateway/order-calls.ts";
import { orderOnLocalBus, startGateway, startService, type Service } from "./services.ts";

/** Processor time a call, in microseconds, by process. */
type GatewayRun = {
  readonly rpc: Rpc;
  readonly protocol: Protocol;
  readonly perSecond: number;
  readonly gatewayMicros: number;
  readonly orderMicros: number;
  readonly postgresMicros: number;
  readonly cores: CoresUsed | undefined;
};

export type GatewayFigures = {
  readonly runs: readonly GatewayRun[];
  /** Of each RPC: what REST costs the gateway, by what the gRPC call costs the order service. */
  readonly ratios: Readonly<Record<Rpc, number>>;
};

const inFlight = 32;
const mostRatio = 2;

/** GetOrder and CreateOrder directly and through the gateway: the processor time that each process uses for a call. */
export async function measureGateway(bench: Bench): Promise<GatewayFigures> {
  const { server, sandbox } = bench;
  const database = "till_bench_gateway";
  const databaseUrl = await server.createDatabase(database);
  const order = await startService({
    ...{ name: "order", script: orderOnLocalBus, databaseUrl, sandbox },
    nodeOptions: bench.nodeOptions,
  });
  const gateway = await startGateway({ sandbox, order, nodeOptions: bench.nodeOptions });
  await server.checkpoint();
  const runs: GatewayRun[] = [];
  for (const rpc of ["GetOrder", "CreateOrder"] as const)
    for (const protocol of protocols) runs.push(await measure(bench, { order, gateway }, rpc, protocol));
  for (const child of [gateway.child, order.child]) await child.stop();
  await server.dropDatabase(database);

  const microsOf = (rpc: Rpc, protocol: Protocol) =>
    runs.find((run) => run.rpc === rpc && run.protocol === protocol)!;
  const ratioOf = (rpc: Rpc) => microsOf(rpc, "REST").gatewayMicros / microsOf(rpc, "gRPC").orderMicros;
  const ratios = { GetOrder: ratioOf("GetOrder"), CreateOrder: ratioOf("CreateOrder") };
  for (const [rpc, ratio] of Object.entries(ratios))
    bench.require(
      ratio <= mostRatio,
      `the gateway's share of ${rpc} over REST is ${ratio.toFixed(2)} gRPC calls`,
    );
  return { runs, ratios };
}

async function measure(
  { sandbox, server, times, report }: Bench,
  { order, gateway }: { readonly order: Service; readonly gateway: Pick<Service, "child" | "port"> },
  rpc: Rpc,
  protocol: Protocol,
): Promise<GatewayRun> {
  const { port } = protocol === "gRPC" ? order : gateway;
  const load: GatewayLoad = { protocol, rpc, port, token: await sandbox.token(), inFlight, ...times };
  const child = startChild({
    name: "load",
    script: "test/bench/gateway/main.ts",
    args: [JSON.stringify(load)],
  });
  const processes = {
    gateway: gateway.child.pid,
    order: order.child.pid,
    load: child.pid,
    sandbox: sandbox.child.pid,
  };
  let stopWatching: (() => CoresUsed | undefined) | undefined;
  let cores: CoresUsed | undefined;
  const answered = new Promise<number>((resolve) => {
    child.process.on("message", ({ window, calls }: GatewayLoadMessage) => {
      if (window === "begins") stopWatching = watchCpu({ processes, postmaster: server.postmaster });
      if (window === "ends") cores = stopWatching?.();
      if (calls !== undefined) resolve(calls);
    });
  });
  const calls = await Promise.race([answered, child.failed, gateway.child.failed, order.child.failed]);
  await child.stop();
  const perSecond = calls / (times.measuredMs / 1000);
  const microsOf = (name: string) => ((cores?.[name] ?? 0) / perSecond) * 1e6;
  const run = {
    ...{ rpc, protocol, perSecond, cores },
    ...{
      gatewayMicros: microsOf("gateway"),
      orderMicros: microsOf("order"),
      postgresMicros: microsOf("postgres"),
    },
  };
  const shares = `gateway ${Math.round(run.gatewayMicros)}, order ${Math.round(run.orderMicros)} µs a call`;
  report(`${rpc} over ${protocol}, ${shares}`, { perSecond }, cores);
  return run;
}
