import { runService } from "@till/service/run";
import { startWebhookService, webhookConfig } from "./start.ts";

/** `npm run webhook`: the webhook service in a process of its own, on Postgres and Kafka. */
await runService({ name: "webhook", readConfig: webhookConfig, start: startWebhookService });
