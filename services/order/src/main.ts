import { memoryStore, redisStore } from "@till/cache";
import { kafkaBus } from "@till/events/bus";
import { createLog, createMetrics } from "@till/telemetry";
import { runUntilSignal } from "@till/rpc/server";
import { orderConfig, startOrderService } from "./start.ts";

/** `npm run order`: the order service in a process of its own, on Postgres, Kafka and, where given, Redis. */
await runUntilSignal("order", async (signal) => {
  const config = orderConfig();
  const log = createLog({ service: "order", level: config.logLevel });
  const metrics = createMetrics({ service: "order" });
  const bus = await kafkaBus({ brokers: config.kafkaBrokers, clientId: "till-order", log });
  const { redisUrl: url } = config;
  const cacheStore = url ? redisStore({ url, prefix: "till:order:", log }) : memoryStore();
  const service = await startOrderService({ config, bus, cacheStore, log, metrics, signal });
  return async () => {
    await service.stop();
    await bus.close();
    await cacheStore.close();
  };
});
