export { signWebhook } from "./sign-webhook.ts";
export type { SignedHeaders, UnsignedWebhook } from "./sign-webhook.ts";
export { verifyWebhook } from "./verify-webhook.ts";
export type { VerifyOptions, WebhookHeaders, WebhookMessage } from "./verify-webhook.ts";
export { WebhookError } from "./webhook-error.ts";
export type { WebhookProblem } from "./webhook-error.ts";
