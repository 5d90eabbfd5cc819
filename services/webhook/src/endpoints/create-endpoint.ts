import {
  CreateEndpointRequestSchema,
  type WebhookService,
} from "@till/gen/till/webhook/v1/webhook_service_pb";
import { newId } from "@till/ids";
import type { UnaryHandler } from "@till/rpc/server";
import type { Receivers } from "../receivers/receivers.ts";
import { newSecret } from "../receivers/signature.ts";
import { ownerScope } from "../rules/endpoint.ts";
import { requireFilters } from "../rules/event-filter.ts";
import type { Endpoints } from "../store/endpoints.ts";
import type { Requests } from "../store/requests.ts";
import type { Secrets } from "../store/secrets.ts";
import { endpointToProto } from "./endpoint-to-proto.ts";

/** What CreateEndpoint touches. */
export type CreateEndpointDependencies = {
  readonly requests: Requests;
  readonly endpoints: Pick<Endpoints, "create" | "find">;
  readonly secrets: Pick<Secrets, "encrypt" | "find">;
  readonly receivers: Pick<Receivers, "requireTarget">;
};

/** WebhookService.CreateEndpoint */
export function createEndpointRpc({
  requests,
  endpoints,
  secrets,
  receivers,
}: CreateEndpointDependencies): UnaryHandler<typeof WebhookService.method.createEndpoint> {
  return async (request, call) => {
    const { caller } = call;
    const made = await requests.makeOnce(CreateEndpointRequestSchema, request, call, async () => {
      const { url, eventTypes, description } = request;
      const endpoint = {
        ...{ id: newId(), ownerId: caller.id, description },
        url: await receivers.requireTarget(url),
        eventTypes: requireFilters(eventTypes),
        secret: secrets.encrypt(newId(), newSecret()),
      };
      return (tx) => endpoints.create(tx, endpoint);
    });
    const endpoint = await endpoints.find(made.endpointId, ownerScope(caller));
    const shown = await secrets.find(made.madeId);
    return {
      endpoint: endpointToProto(endpoint),
      secret: shown?.secret ?? "",
      idempotentReplay: made.isReplay,
    };
  };
}
