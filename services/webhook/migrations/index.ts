import { CreateWebhooks1765000000010 } from "./1765000000010-create-webhooks.ts";
import { WebhookRequests1765000000020 } from "./1765000000020-webhook-requests.ts";

/** The webhook service's schema, oldest change first. */
export const migrations = [CreateWebhooks1765000000010, WebhookRequests1765000000020];
