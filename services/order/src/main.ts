import { memoryStore, redisStore } from "@till/cache";
import { runService } from "@till/service/run";
import { addressOf } from "@till/telemetry";
import { orderConfig, startOrderService } from "./start.ts";

/** `npm run order`: the order service in a process of its own, on Postgres, Kafka and, where given, Redis. */
await runService({
  name: "order",
  readConfig: orderConfig,
  uses: ({ redis: { redisUrl } }): Record<string, string> => (redisUrl ? { Redis: addressOf(redisUrl) } : {}),
  async start(options) {
    const { config, log } = options;
    const { redisUrl: url, redisCa: ca } = config.redis;
    const cacheStore = url ? redisStore({ url, ca, prefix: "till:order:", log }) : memoryStore();
    const service = await startOrderService({ ...options, cacheStore });
    return { ...service, stop: () => service.stop().then(() => cacheStore.close()) };
  },
});
