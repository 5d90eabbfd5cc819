import { kafkaBus } from "@till/events/bus";
import { namePortVariables, runUntilSignal } from "@till/rpc/server";
import { createLog, createMetrics, reportStart } from "@till/telemetry";
import { sandboxConfig } from "./config.ts";
import { startSandbox } from "./sandbox.ts";

/** `npm run sandbox`: the stand-ins for other systems in a process of their own. */
await runUntilSignal("sandbox", async () => {
  const config = sandboxConfig();
  const log = createLog({ service: "sandbox", level: config.logLevel });
  const { kafkaBrokers: brokers, journal, webhook, host, grpcPort, httpPort } = config;
  const uses = {
    ...(brokers && { Kafka: brokers.join(",") }),
    ...(webhook && { webhooks: webhook.url }),
    journal: journal ?? "none",
  };
  const start = reportStart({ service: "sandbox", log, uses });
  const bus =
    brokers && (await kafkaBus({ brokers, clientId: "till-sandbox", log, security: config.kafkaSecurity }));
  const metrics = createMetrics({ service: "sandbox" });
  const variables = { TILL_SANDBOX_PORT: grpcPort, TILL_SANDBOX_HTTP_PORT: httpPort };
  const sandbox = await namePortVariables(variables, () => startSandbox({ ...config, bus, log, metrics }));
  start.ready({
    gRPC: `${config.tls.cert ? "https://" : ""}${host}:${sandbox.grpcPort}`,
    HTTP: `${sandbox.url} (GET / lists what it offers)`,
  });
  return async () => {
    await sandbox.close();
    await bus?.close();
  };
});
