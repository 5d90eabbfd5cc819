import { localBus } from "@till/events/bus";
import { createLog, createMetrics } from "@till/telemetry";
import { paymentConfig, startPaymentService } from "../../src/start.ts";

/** A payment service in a process of its own, for tests that kill it. It publishes nothing: the environment's service does. */
const log = createLog({ service: "payment", level: "silent" });
const { port } = await startPaymentService({
  config: paymentConfig(),
  bus: localBus({ log, groups: ["none"] }),
  log,
  metrics: createMetrics({ service: "payment" }),
});
process.stdout.write(`${port}\n`);
