import {
  DeliveryStatus,
  WebhookService,
  type Delivery as ProtoDelivery,
  type Endpoint as ProtoEndpoint,
} from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { Calls } from "./calls.ts";
import { listOver } from "./list.ts";
import type {
  RotatedSecret,
  WebhookAttempt,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpoints,
  Webhooks,
} from "./outgoing-webhooks.ts";
import { dateFrom, nameFrom, required, requiredDateFrom, textFrom, withoutUndefined } from "./values.ts";

const rpc = WebhookService.method;

/** Outgoing webhooks over calls on the webhook service. */
export function webhooksOver(calls: Calls): Webhooks {
  return {
    endpoints: endpointsOver(calls),
    deliveries: {
      list(endpointId, filter = {}) {
        const { status, pageSize = 0 } = filter;
        const request = { endpointId, pageSize, ...(status && { status: DeliveryStatus[status] }) };
        return listOver(async (pageToken) => {
          const page = await calls.query(rpc.listDeliveries, { ...request, pageToken }, filter);
          return { items: page.deliveries.map(deliveryFrom), nextPageToken: page.nextPageToken };
        });
      },
      async redeliver(deliveryId, options) {
        return deliveryFrom((await calls.command(rpc.redeliverWebhook, { deliveryId }, options)).delivery);
      },
    },
  };
}

function endpointsOver(calls: Calls): WebhookEndpoints {
  return {
    async create({ url, eventTypes = [], description = "" }, options) {
      const request = { url, eventTypes: [...eventTypes], description };
      const response = await calls.command(rpc.createEndpoint, request, options);
      const { endpoint, secret, idempotentReplay } = response;
      return { ...endpointFrom(endpoint), secret, idempotentReplay };
    },
    list(options = {}) {
      const { pageSize = 0 } = options;
      return listOver(async (pageToken) => {
        const page = await calls.query(rpc.listEndpoints, { pageSize, pageToken }, options);
        return { items: page.endpoints.map(endpointFrom), nextPageToken: page.nextPageToken };
      });
    },
    async update(endpointId, { eventTypes = [], ...changes }, options) {
      const request = { endpointId, eventTypes: [...eventTypes], ...withoutUndefined(changes) };
      return endpointFrom((await calls.command(rpc.updateEndpoint, request, options)).endpoint);
    },
    async delete(endpointId, options) {
      await calls.command(rpc.deleteEndpoint, { endpointId }, options);
    },
    async rotateSecret(endpointId, options) {
      const response = await calls.command(rpc.rotateSecret, { endpointId }, options);
      const { secret, formerExpiresAt, idempotentReplay } = response;
      return withoutUndefined<RotatedSecret>({
        secret,
        formerExpiresAt: dateFrom(formerExpiresAt),
        idempotentReplay,
      });
    },
  };
}

function endpointFrom(endpoint: ProtoEndpoint | undefined): WebhookEndpoint {
  const fields = required(endpoint);
  return withoutUndefined<WebhookEndpoint>({
    id: fields.id,
    ownerId: fields.ownerId,
    url: fields.url,
    eventTypes: fields.eventTypes,
    description: textFrom(fields.description),
    disabled: fields.disabled,
    disabledReason: textFrom(fields.disabledReason),
    pausedUntil: dateFrom(fields.pausedUntil),
    createdAt: requiredDateFrom(fields.createdAt),
    updatedAt: requiredDateFrom(fields.updatedAt),
  });
}

function deliveryFrom(delivery: ProtoDelivery | undefined): WebhookDelivery {
  const fields = required(delivery);
  return withoutUndefined<WebhookDelivery>({
    id: fields.id,
    endpointId: fields.endpointId,
    eventId: fields.eventId,
    eventType: fields.eventType,
    orderId: fields.orderId,
    status: nameFrom(DeliveryStatus, fields.status),
    createdAt: requiredDateFrom(fields.createdAt),
    endedAt: dateFrom(fields.endedAt),
    attempts: fields.attempts.map(({ sentAt, statusCode, error, durationMs }) =>
      withoutUndefined<WebhookAttempt>({
        sentAt: requiredDateFrom(sentAt),
        statusCode: statusCode === 0 ? undefined : statusCode,
        error: textFrom(error),
        durationMs,
      }),
    ),
  });
}
