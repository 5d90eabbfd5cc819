import { kafkaBus } from "@till/events/bus";
import { tokenFrom } from "@till/rpc/client";
import { namePortVariables, runUntilSignal } from "@till/rpc/server";
import { addressOf, createLog, createMetrics, reportStart } from "@till/telemetry";
import { startTracing } from "@till/tracing/start";
import { startWebhookService, webhookConfig } from "./start.ts";

/** `npm run webhook`: the webhook service in a process of its own, on Postgres and Kafka. */
await runUntilSignal("webhook", async (signal) => {
  const config = webhookConfig();
  const log = createLog({ service: "webhook", level: config.logLevel });
  const endTracing = await startTracing("webhook", config.tracing);
  const { kafkaBrokers: brokers, host, port, metricsPort } = config;
  const uses = { Postgres: addressOf(config.databaseUrl), Kafka: brokers.join(",") };
  const start = reportStart({ service: "webhook", log, uses });
  const metrics = createMetrics({ service: "webhook" });
  const bus = await kafkaBus({
    ...{ brokers, clientId: "till-webhook", log },
    ...{ security: config.kafkaSecurity, token: tokenFrom(config.serviceToken) },
  });
  const variables = { TILL_PORT: port, TILL_METRICS_PORT: metricsPort };
  const service = await namePortVariables(variables, () =>
    startWebhookService({ config, bus, log, metrics, signal }),
  );
  start.ready({
    gRPC: `${config.tls.cert ? "https://" : ""}${host}:${service.port}`,
    metrics: `http://${host}:${service.metricsPort}/metrics`,
  });
  return async () => {
    await service.stop();
    await bus.close();
    await endTracing();
  };
});
