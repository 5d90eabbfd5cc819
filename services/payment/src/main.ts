import { runService } from "@till/service/run";
import { paymentConfig, startPaymentService } from "./start.ts";

/** `npm run payment`: the payment service in a process of its own, on Postgres and Kafka. */
await runService({
  name: "payment",
  readConfig: paymentConfig,
  uses: ({ orderAddress }) => ({ orders: orderAddress }),
  ports: ({ webhookPort }) => ({ TILL_WEBHOOK_PORT: webhookPort }),
  async start(options) {
    const service = await startPaymentService(options);
    const { webhookPort: port } = service;
    return { ...service, serves: port ? { webhooks: `http://${options.config.host}:${port}/webhooks` } : {} };
  },
});
