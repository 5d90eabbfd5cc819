import { memoryStore } from "@till/cache";
import { localBus } from "@till/events/bus";
import { orderConfig, startOrderService } from "@till/order";
import { paymentConfig, startPaymentService } from "@till/payment";
import { runUntilSignal } from "@till/rpc/server";
import { createLog, createMetrics } from "@till/telemetry";
import { startWebhookService, webhookConfig } from "@till/webhook";

/** A service in a process of its own, but on the local bus instead of Kafka; its name is the argument. */
const name = process.argv[2] as keyof typeof services;
const log = createLog({ service: name, level: "warn" });
const metrics = createMetrics({ service: name });
const bus = localBus({ log });
const cacheStore = memoryStore();
const services = {
  order: () => startOrderService({ config: orderConfig(), bus, cacheStore, log, metrics }),
  payment: () => startPaymentService({ config: paymentConfig(), bus, log, metrics }),
  webhook: () => startWebhookService({ config: webhookConfig(), bus, log, metrics }),
};

await runUntilSignal(name, async () => {
  const service = await services[name]();
  return async () => {
    await service.stop();
    await bus.close();
    await cacheStore.close();
  };
});
