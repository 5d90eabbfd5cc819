import { memoryStore } from "@till/cache";
import { localBus } from "@till/events/bus";
import { createLog, createMetrics } from "@till/telemetry";
import { orderConfig, startOrderService } from "../../src/start.ts";

/** An order service in a process of its own, for tests that kill it. No event of its bus reaches a consumer. */
const log = createLog({ service: "order", level: "silent" });
const { port } = await startOrderService({
  config: orderConfig(),
  bus: localBus({ log, groups: ["none"] }),
  cacheStore: memoryStore(),
  log,
  metrics: createMetrics({ service: "order" }),
});
process.stdout.write(`${port}\n`);
