import { CreateWebhooks1765000000010 } from "./1765000000010-create-webhooks.ts";
import { WebhookRequests1765000000020 } from "./1765000000020-webhook-requests.ts";
import { WebhookPauses1765000000030 } from "./1765000000030-webhook-pauses.ts";
import { OperatorActions1765000000040 } from "./1765000000040-operator-actions.ts";
import { DeliveryUsers1765000000050 } from "./1765000000050-delivery-users.ts";
import { PruneByAge1765000000060 } from "./1765000000060-prune-by-age.ts";

/** The webhook service's schema, oldest change first. */
export const migrations = [
  CreateWebhooks1765000000010,
  WebhookRequests1765000000020,
  WebhookPauses1765000000030,
  OperatorActions1765000000040,
  DeliveryUsers1765000000050,
  PruneByAge1765000000060,
];
