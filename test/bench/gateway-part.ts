import type { Bench } from "./bench.ts";
import type { CoresUsed } from "./cpu.ts";
import type { GatewayLoad, Rpc } from "./gateway/main.ts";
import { protocols, type Protocol } from "./gateway/order-calls.ts";
import type { LoopResult } from "./load/closed-loop.ts";
import { runLoad } from "./run-load.ts";
import { orderOnLocalBus, startGateway, startService, type Service } from "./services.ts";

/** Processor time a call, in microseconds, by process. */
type GatewayRun = LoopResult & {
  readonly rpc: Rpc;
  readonly protocol: Protocol;
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
  const profileFolder = bench.profileFolder("gateway");
  const databaseUrl = await server.createDatabase(database);
  const order = await startService({
    ...{ name: "order", script: orderOnLocalBus, databaseUrl, sandbox },
    profileFolder,
  });
  const gateway = await startGateway({ sandbox, order, profileFolder });
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

type Services = Readonly<Record<"order" | "gateway", Service>>;

async function measure(
  { sandbox, server, times, report, profileFolder }: Bench,
  services: Services,
  rpc: Rpc,
  protocol: Protocol,
): Promise<GatewayRun> {
  const { port } = protocol === "gRPC" ? services.order : services.gateway;
  const load: GatewayLoad = { protocol, rpc, port, token: await sandbox.token(), inFlight, ...times };
  const { result, window } = await runLoad<LoopResult, "order" | "gateway">({
    ...{ name: "client", script: "test/bench/gateway/main.ts", argument: load },
    ...{ profileFolder: profileFolder("gateway"), services, sandbox, postmaster: server.postmaster },
  });
  const { cores } = window;
  const microsOf = (name: string) => ((cores?.[name] ?? 0) / result.perSecond) * 1e6;
  const run = {
    ...{ ...result, rpc, protocol, cores },
    ...{
      gatewayMicros: microsOf("gateway"),
      orderMicros: microsOf("order"),
      postgresMicros: microsOf("postgres"),
    },
  };
  const shares = `gateway ${Math.round(run.gatewayMicros)}, order ${Math.round(run.orderMicros)} µs a call`;
  report(`${rpc} over ${protocol}, ${shares}`, result, cores);
  return run;
}
