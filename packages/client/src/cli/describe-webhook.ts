import type { WebhookDelivery, WebhookEndpoint } from "../outgoing-webhooks.ts";
import { aligned, formatTime } from "./layout.ts";

/** An endpoint as a person reads it. */
export function describeEndpoint(endpoint: WebhookEndpoint): string[] {
  const { id, url, eventTypes, description, disabledReason, ownerId } = endpoint;
  const facts = [
    ["url", url],
    ["events", eventTypes.join(", ")],
    ["owner", ownerId],
    ...(description ? [["description", description]] : []),
  ];
  return [`Endpoint ${id}  ${stateOf(disabledReason)}`, ...aligned(facts).map((line) => `  ${line}`)];
}

/** Endpoints as a table. */
export function describeEndpoints(endpoints: readonly WebhookEndpoint[]): string[] {
  if (endpoints.length === 0) return ["no endpoints"];
  const rows = endpoints.map(({ id, url, eventTypes, disabledReason }) => [
    ...[id, stateOf(disabledReason), url, eventTypes.join(",")],
  ]);
  return aligned([["ENDPOINT", "STATE", "URL", "EVENTS"], ...rows]);
}

/** Deliveries as a table. */
export function describeDeliveries(deliveries: readonly WebhookDelivery[]): string[] {
  if (deliveries.length === 0) return ["no deliveries"];
  const rows = deliveries.map(({ id, eventType, orderId, status, createdAt, attempts }) => {
    const last = attempts.at(-1);
    const attempted = last ? `${attempts.length}: ${last.statusCode ?? last.error ?? ""}` : "0";
    return [id, eventType, orderId, status, attempted, formatTime(createdAt)];
  });
  return aligned([["DELIVERY", "EVENT", "ORDER", "STATUS", "ATTEMPTS", "CREATED"], ...rows]);
}

function stateOf(disabledReason: string | undefined): string {
  return disabledReason === undefined ? "enabled" : `disabled (${disabledReason})`;
}
