import { memoryStore } from "@till/cache";
import { localBus } from "@till/events/bus";
import { runUntilSignal } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { orderConfig, startOrderService } from "../../services/order/src/start.ts";

/** The order service in a process of its own, as `npm run order` runs it, but on the local bus instead of Kafka. */
await runUntilSignal("order", async () => {
  const config = orderConfig();
  const log = createLog({ service: "order", level: config.logLevel });
  const bus = localBus({ log });
  const cacheStore = memoryStore();
  const metrics = createMetrics({ service: "order" });
  const service = await startOrderService({ config, bus, cacheStore, log, metrics });
  return async () => {
    await service.stop();
    await bus.close();
    await cacheStore.close();
  };
});
