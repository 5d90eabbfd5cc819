import { createLog, createMetrics } from "@till/telemetry";
import { runUntilSignal } from "@till/rpc/server";
import { gatewayConfig, startGateway } from "./start.ts";

/** `npm run gateway`: the gateway in a process of its own, before an order and a payment service. */
await runUntilSignal("gateway", async () => {
  const config = gatewayConfig();
  const log = createLog({ service: "gateway", level: config.logLevel });
  const gateway = await startGateway({ config, log, metrics: createMetrics({ service: "gateway" }) });
  return () => gateway.stop();
});
