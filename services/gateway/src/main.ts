import { createLog, createMetrics, reportStart } from "@till/telemetry";
import { startTracing } from "@till/tracing/start";
import { namePortVariables, runUntilSignal } from "@till/rpc/server";
import { gatewayConfig, startGateway } from "./start.ts";

/** `npm run gateway`: the gateway in a process of its own, before an order and a payment service. */
await runUntilSignal("gateway", async () => {
  const config = gatewayConfig();
  const log = createLog({ service: "gateway", level: config.logLevel });
  const endTracing = await startTracing("gateway", config.tracing);
  const { host, port, metricsPort, orderAddress: orders, paymentAddress: payments } = config;
  const start = reportStart({ service: "gateway", log, uses: { orders, payments } });
  const metrics = createMetrics({ service: "gateway" });
  const gateway = await namePortVariables({ TILL_PORT: port, TILL_METRICS_PORT: metricsPort }, () =>
    startGateway({ config, log, metrics }),
  );
  start.ready({
    HTTP: `${config.tls ? "https" : "http"}://${host}:${gateway.port}`,
    metrics: `http://${host}:${gateway.metricsPort}/metrics`,
  });
  return async () => {
    await gateway.stop();
    await endTracing();
  };
});
