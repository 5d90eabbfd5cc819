import { msOf, runClosedLoop, type LoopResult } from "../load/closed-loop.ts";
import { tellResult } from "../load/tell-bench.ts";
import { openOrderCalls, type Protocol } from "./order-calls.ts";

export type Rpc = "GetOrder" | "CreateOrder";

/** What the bench hands to the process that calls, as JSON. */
export type GatewayLoad = {
  readonly protocol: Protocol;
  readonly rpc: Rpc;
  readonly port: number;
  readonly token: string;
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
};

tellResult(await load(JSON.parse(process.argv[2]!) as GatewayLoad));

/** Sends one call after another, so many at once. */
async function load({ protocol, rpc, port, token, inFlight, ...times }: GatewayLoad): Promise<LoopResult> {
  const calls = openOrderCalls(protocol, { port, token, connections: inFlight });
  const orderId = await calls.createOrder();
  const call = rpc === "CreateOrder" ? () => calls.createOrder() : () => calls.getOrder(orderId);
  const result = await runClosedLoop({ ...times, atOnce: inFlight, once: () => msOf(call) });
  await calls.close();
  return result;
}
