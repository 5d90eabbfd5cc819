import type { CommandOptions } from "./call-options.ts";
import type { List, ListOptions } from "./list.ts";

/** Where webhooks are posted to. */
export type WebhookEndpoint = {
  readonly id: string;
  /** The caller that created it. */
  readonly ownerId: string;
  readonly url: string;
  /** The events it receives: names such as `order.confirmed`, all of a prefix as in `order.*`, or `*`. */
  readonly eventTypes: readonly string[];
  readonly description?: string | undefined;
  /** A disabled endpoint gets no new events; its deliveries wait until it is enabled again. */
  readonly disabled: boolean;
  /** Why it is disabled: CALLER, or GONE where it responded 410. */
  readonly disabledReason?: string | undefined;
  /** Until when nothing is sent to it, by Retry-After of its response 429 or 503. */
  readonly pausedUntil?: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** An endpoint with its secret, which is shown this once and to repeats with the same key. */
export type CreatedWebhookEndpoint = WebhookEndpoint & {
  /** What its webhooks are signed with: `verifyWebhook` takes it. Empty in a repeat once it is not valid any more. */
  readonly secret: string;
  /** Whether an earlier request with this key created it. */
  readonly idempotentReplay: boolean;
};

/** An endpoint to create. */
export type NewWebhookEndpoint = {
  /** Where webhooks are posted to: https, at an address of the public internet. */
  readonly url: string;
  /** Names such as `order.confirmed`, or all of a prefix as in `order.*`. Left out: every event. */
  readonly eventTypes?: readonly string[] | undefined;
  readonly description?: string | undefined;
};

/** What to change of an endpoint. What is left out stays as it is. */
export type WebhookEndpointChanges = {
  readonly url?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly disabled?: boolean | undefined;
};

/** A new secret of an endpoint. In a repeat it is empty once it is not valid any more. */
export type RotatedSecret = {
  readonly secret: string;
  /** Until when webhooks are signed with the former secret as well. */
  readonly formerExpiresAt?: Date | undefined;
  /** Whether an earlier request with this key made it. */
  readonly idempotentReplay: boolean;
};

/** Status of a delivery: PENDING until the endpoint has acknowledged it, or has not for three days. */
export type WebhookDeliveryStatus = "PENDING" | "DELIVERED" | "FAILED" | "UNRECOGNIZED";

/** An event on its way to an endpoint. */
export type WebhookDelivery = {
  readonly id: string;
  readonly endpointId: string;
  /** The event's id, sent as `webhook-id`. */
  readonly eventId: string;
  readonly eventType: string;
  readonly orderId: string;
  readonly status: WebhookDeliveryStatus;
  readonly createdAt: Date;
  readonly endedAt?: Date | undefined;
  /** The latest 20, oldest first. */
  readonly attempts: readonly WebhookAttempt[];
};

/** One request to an endpoint. */
export type WebhookAttempt = {
  readonly sentAt: Date;
  /** The response's HTTP status. Undefined where there was no response. */
  readonly statusCode?: number | undefined;
  /** Why there was no response, such as ECONNREFUSED or TIMEOUT. */
  readonly error?: string | undefined;
  readonly durationMs: number;
};

/** Which deliveries to list. */
export type WebhookDeliveryFilter = ListOptions & {
  readonly status?: Exclude<WebhookDeliveryStatus, "UNRECOGNIZED"> | undefined;
};

/** Webhooks that Till sends. For services, each with its own endpoints, and for admins. */
export type Webhooks = {
  readonly endpoints: WebhookEndpoints;
  readonly deliveries: WebhookDeliveries;
};

/** Where webhooks are posted to. */
export type WebhookEndpoints = {
  /** Creates an endpoint and its secret. A second one for the same URL is WEBHOOK_ENDPOINT_EXISTS. */
  create(endpoint: NewWebhookEndpoint, options?: CommandOptions): Promise<CreatedWebhookEndpoint>;

  /** Lists endpoints, newest first: a service's own, all of them for an admin. */
  list(options?: ListOptions): List<WebhookEndpoint>;

  /** Changes an endpoint, disables it, or enables it again. */
  update(
    endpointId: string,
    changes: WebhookEndpointChanges,
    options?: CommandOptions,
  ): Promise<WebhookEndpoint>;

  /** Deletes an endpoint with its deliveries; nothing more is sent to it. */
  delete(endpointId: string, options?: CommandOptions): Promise<void>;

  /** Makes a new secret. For 24 hours webhooks are signed with the former one as well. */
  rotateSecret(endpointId: string, options?: CommandOptions): Promise<RotatedSecret>;
};

/** What was sent, and what waits. */
export type WebhookDeliveries = {
  /** Lists an endpoint's deliveries with their attempts, newest first. */
  list(endpointId: string, filter?: WebhookDeliveryFilter): List<WebhookDelivery>;

  /** Sends a delivery again under the same `webhook-id`, or now where it waits for its next attempt. */
  redeliver(deliveryId: string, options?: CommandOptions): Promise<WebhookDelivery>;
};
