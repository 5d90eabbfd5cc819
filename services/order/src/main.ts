import { memoryStore, redisStore } from "@till/cache";
import { kafkaBus } from "@till/events/bus";
import { addressOf, createLog, createMetrics, reportStart } from "@till/telemetry";
import { startTracing } from "@till/tracing/start";
import { tokenFrom } from "@till/rpc/client";
import { namePortVariables, runUntilSignal } from "@till/rpc/server";
import { orderConfig, startOrderService } from "./start.ts";

/** `npm run order`: the order service in a process of its own, on Postgres, Kafka and, where given, Redis. */
await runUntilSignal("order", async (signal) => {
  const config = orderConfig();
  const log = createLog({ service: "order", level: config.logLevel });
  const endTracing = await startTracing("order", config.tracing);
  const { kafkaBrokers: brokers, redisUrl: url, host, port, metricsPort } = config;
  const uses = {
    Postgres: addressOf(config.databaseUrl),
    Kafka: brokers.join(","),
    ...(url && { Redis: addressOf(url) }),
  };
  const start = reportStart({ service: "order", log, uses });
  const metrics = createMetrics({ service: "order" });
  const bus = await kafkaBus({
    ...{ brokers, clientId: "till-order", log },
    ...{ security: config.kafkaSecurity, token: tokenFrom(config.serviceToken) },
  });
  const cacheStore = url
    ? redisStore({ url, ca: config.redisCa, prefix: "till:order:", log })
    : memoryStore();
  const service = await namePortVariables({ TILL_PORT: port, TILL_METRICS_PORT: metricsPort }, () =>
    startOrderService({ config, bus, cacheStore, log, metrics, signal }),
  );
  start.ready({
    gRPC: `${config.tls.cert ? "https://" : ""}${host}:${service.port}`,
    metrics: `http://${host}:${service.metricsPort}/metrics`,
  });
  return async () => {
    await service.stop();
    await bus.close();
    await cacheStore.close();
    await endTracing();
  };
});
