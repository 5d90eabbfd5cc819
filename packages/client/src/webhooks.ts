export { verifyWebhook, WebhookError } from "./verify-webhook.ts";
export type { VerifyOptions, WebhookHeaders, WebhookMessage, WebhookProblem } from "./verify-webhook.ts";
