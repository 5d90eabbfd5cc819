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

/** What that process reports: the measured time begins and ends, and the calls that were answered within it. */
export type GatewayLoadMessage = { readonly window?: "begins" | "ends"; readonly calls?: number };

const report = (message: GatewayLoadMessage) => process.send?.(message);

report({ calls: await load(JSON.parse(process.argv[2]!) as GatewayLoad) });
process.channel?.ref(); // alive until stopped, so that the result is not lost on its way
process.once("disconnect", () => process.exit());

/** Sends one call after another, so many at once. */
async function load({ protocol, rpc, port, token, inFlight, warmUpMs, measuredMs }: GatewayLoad) {
  const calls = openOrderCalls(protocol, { port, token, connections: inFlight });
  const orderId = await calls.createOrder();
  const call = rpc === "CreateOrder" ? () => calls.createOrder() : () => calls.getOrder(orderId);
  let isMeasured = false;
  let isOver = false;
  let answered = 0;
  setTimeout(() => {
    isMeasured = true;
    report({ window: "begins" });
  }, warmUpMs);
  setTimeout(() => {
    isOver = true;
    report({ window: "ends" });
  }, warmUpMs + measuredMs);
  async function callOn(): Promise<void> {
    while (!isOver) {
      await call();
      if (isMeasured && !isOver) answered++;
    }
  }
  await Promise.all(Array.from({ length: inFlight }, callOn));
  await calls.close();
  return answered;
}
