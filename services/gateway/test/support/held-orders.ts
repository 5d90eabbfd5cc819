import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { startSandbox } from "@till/sandbox";
import { allow, serve } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { getText } from "../../../../test/support/get-text.ts";
import { startTestGateway } from "./gateway.ts";

/** Stands in for an order service whose calls last as long as a test wants. */
export type HeldOrders = Awaited<ReturnType<typeof startHeldOrders>>;

const orderId = "018f0000-0000-7000-8000-0000000000d1";
const log = createLog({ service: "test", level: "silent" });

/** A gateway before an order service that responds to no unary call until the test says so. `env` has the gateway's settings. */
export async function startHeldOrders(env: Readonly<Record<string, string>>) {
  await using starting = new AsyncDisposableStack();
  const sandbox = await startSandbox({
    host: "127.0.0.1",
    grpcPort: 0,
    httpPort: 0,
    log,
    metrics: createMetrics({ service: "sandbox" }),
  });
  starting.defer(() => sandbox.close());
  let held = Promise.withResolvers<void>();
  let begun = 0;
  const hold = allow("anyone", async () => {
    begun += 1;
    await held.promise;
    return { order: { id: orderId } };
  });
  const stream = allow("anyone", async function* (_: unknown, { signal }: { signal: AbortSignal }) {
    yield {};
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  const rpcs = OrderService.methods.map(({ localName, methodKind }) => [
    localName,
    methodKind === "unary" ? hold : stream,
  ]);
  const orders = await serve({
    services: [{ service: OrderService, rpcs: Object.fromEntries(rpcs) as object as never }],
    ...{ host: "127.0.0.1", port: 0, log, metrics: createMetrics({ service: "order" }) },
    verify: () => ({ id: "any", role: "user" }),
  });
  starting.defer(() => orders.drain(100));
  const gateway = await startTestGateway({
    TILL_ORDER_ADDRESS: `127.0.0.1:${orders.port}`,
    TILL_JWKS_URL: sandbox.jwksUrl,
    ...env,
  });
  starting.defer(() => gateway.stop());
  const token = await getText(`${sandbox.tokenUrl}?user=018f0000-0000-7000-9000-0000000000a1&role=user`);
  const running = starting.move();
  return {
    ...gateway,
    authorization: `Bearer ${token}`,
    orderId,
    /** Unary calls that have reached the service since they were last held. */
    begun: () => begun,
    hold: () => {
      held = Promise.withResolvers<void>();
      begun = 0;
    },
    respond: () => held.resolve(),
    stop: () => running.disposeAsync(),
  };
}
