import type { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Worker } from "@till/worker";
import type { Receivers } from "../receivers/receivers.ts";
import { ownerScope } from "../rules/endpoint.ts";
import { requireFilters } from "../rules/event-filter.ts";
import type { Endpoints } from "../store/endpoints.ts";
import { endpointToProto } from "./endpoint-to-proto.ts";

/** What UpdateEndpoint touches. */
export type UpdateEndpointDependencies = {
  readonly endpoints: Pick<Endpoints, "update">;
  readonly receivers: Pick<Receivers, "requireTarget">;
  readonly sending: Pick<Worker, "notify">;
};

/** WebhookService.UpdateEndpoint */
export function updateEndpointRpc({
  endpoints,
  receivers,
  sending,
}: UpdateEndpointDependencies): UnaryHandler<typeof WebhookService.method.updateEndpoint> {
  return async ({ endpointId, url, eventTypes, description, disabled }, { caller }) => {
    const endpoint = await endpoints.update(endpointId, ownerScope(caller), {
      url: url === undefined ? undefined : await receivers.requireTarget(url),
      eventTypes: eventTypes.length === 0 ? undefined : requireFilters(eventTypes),
      ...{ description, disabled },
    });
    sending.notify();
    return { endpoint: endpointToProto(endpoint) };
  };
}
