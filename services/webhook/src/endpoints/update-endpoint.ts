import {
  UpdateEndpointRequestSchema,
  type WebhookService,
} from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Worker } from "@till/worker";
import type { Receivers } from "../receivers/receivers.ts";
import { ownerScope } from "../rules/endpoint.ts";
import { requireFilters } from "../rules/event-filter.ts";
import type { Endpoints } from "../store/endpoints.ts";
import type { Requests } from "../store/requests.ts";
import { endpointToProto } from "./endpoint-to-proto.ts";

/** What UpdateEndpoint touches. */
export type UpdateEndpointDependencies = {
  readonly requests: Requests;
  readonly endpoints: Pick<Endpoints, "update" | "find">;
  readonly receivers: Pick<Receivers, "requireTarget">;
  readonly sending: Pick<Worker, "notify">;
};

/** WebhookService.UpdateEndpoint */
export function updateEndpointRpc({
  requests,
  endpoints,
  receivers,
  sending,
}: UpdateEndpointDependencies): UnaryHandler<typeof WebhookService.method.updateEndpoint> {
  return async (request, call) => {
    const endpointId = request.endpointId.toLowerCase();
    const owner = ownerScope(call.caller);
    const repeatable = { ...request, endpointId };
    await requests.makeOnce(UpdateEndpointRequestSchema, repeatable, call, async () => {
      const { url, eventTypes, description, disabled } = request;
      const changes = {
        url: url === undefined ? undefined : await receivers.requireTarget(url),
        eventTypes: eventTypes.length === 0 ? undefined : requireFilters(eventTypes),
        ...{ description, disabled },
      };
      return (tx) => endpoints.update(tx, endpointId, owner, changes);
    });
    sending.notify();
    return { endpoint: endpointToProto(await endpoints.find(endpointId, owner)) };
  };
}
