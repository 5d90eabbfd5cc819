import { kafkaBus } from "@till/events/bus";
import { addressOf, createLog, createMetrics, reportStart } from "@till/telemetry";
import { startTracing } from "@till/tracing/start";
import { tokenFrom } from "@till/rpc/client";
import { namePortVariables, runUntilSignal } from "@till/rpc/server";
import { paymentConfig, startPaymentService } from "./start.ts";

/** `npm run payment`: the payment service in a process of its own, on Postgres and Kafka. */
await runUntilSignal("payment", async (signal) => {
  const config = paymentConfig();
  const log = createLog({ service: "payment", level: config.logLevel });
  const endTracing = await startTracing("payment", config.tracing);
  const { kafkaBrokers: brokers, host, port, metricsPort, webhookPort } = config;
  const uses = {
    Postgres: addressOf(config.databaseUrl),
    Kafka: brokers.join(","),
    orders: config.orderAddress,
  };
  const start = reportStart({ service: "payment", log, uses });
  const metrics = createMetrics({ service: "payment" });
  const bus = await kafkaBus({
    ...{ brokers, clientId: "till-payment", log },
    ...{ security: config.kafkaSecurity, token: tokenFrom(config.serviceToken) },
  });
  const variables = { TILL_PORT: port, TILL_METRICS_PORT: metricsPort, TILL_WEBHOOK_PORT: webhookPort };
  const service = await namePortVariables(variables, () =>
    startPaymentService({ config, bus, log, metrics, signal }),
  );
  start.ready({
    gRPC: `${config.tls.cert ? "https://" : ""}${host}:${service.port}`,
    ...(service.webhookPort && { webhooks: `http://${host}:${service.webhookPort}/webhooks` }),
    metrics: `http://${host}:${service.metricsPort}/metrics`,
  });
  return async () => {
    await service.stop();
    await bus.close();
    await endTracing();
  };
});
