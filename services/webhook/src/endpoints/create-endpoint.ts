import type { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { newId } from "@till/ids";
import type { UnaryHandler } from "@till/rpc/server";
import type { Receivers } from "../receivers/receivers.ts";
import { newSecret } from "../receivers/signature.ts";
import { requireFilters } from "../rules/event-filter.ts";
import type { Endpoints } from "../store/endpoints.ts";
import type { Secrets } from "../store/secrets.ts";
import { endpointToProto } from "./endpoint-to-proto.ts";

/** What CreateEndpoint touches. */
export type CreateEndpointDependencies = {
  readonly endpoints: Pick<Endpoints, "create">;
  readonly secrets: Pick<Secrets, "encrypt">;
  readonly receivers: Pick<Receivers, "requireTarget">;
};

/** WebhookService.CreateEndpoint */
export function createEndpointRpc({
  endpoints,
  secrets,
  receivers,
}: CreateEndpointDependencies): UnaryHandler<typeof WebhookService.method.createEndpoint> {
  return async ({ url, eventTypes, description }, { caller }) => {
    const secret = newSecret();
    const endpoint = await endpoints.create({
      ...{ id: newId(), ownerId: caller.id, description },
      url: await receivers.requireTarget(url),
      eventTypes: requireFilters(eventTypes),
      secret: secrets.encrypt(newId(), secret),
    });
    return { endpoint: endpointToProto(endpoint), secret };
  };
}
