import { kafkaBus } from "@till/events/bus";
import { createLog, createMetrics } from "@till/telemetry";
import { runUntilSignal } from "@till/rpc/server";
import { paymentConfig, startPaymentService } from "./start.ts";

/** `npm run payment`: the payment service in a process of its own, on Postgres and Kafka. */
await runUntilSignal("payment", async (signal) => {
  const config = paymentConfig();
  const log = createLog({ service: "payment", level: config.logLevel });
  const metrics = createMetrics({ service: "payment" });
  const bus = await kafkaBus({ brokers: config.kafkaBrokers, clientId: "till-payment", log });
  const service = await startPaymentService({ config, bus, log, metrics, signal });
  return async () => {
    await service.stop();
    await bus.close();
  };
});
