import type { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { ownerScope } from "../rules/endpoint.ts";
import type { Endpoints } from "../store/endpoints.ts";

/** WebhookService.DeleteEndpoint */
export function deleteEndpointRpc({
  endpoints,
}: {
  readonly endpoints: Pick<Endpoints, "delete">;
}): UnaryHandler<typeof WebhookService.method.deleteEndpoint> {
  return async ({ endpointId }, { caller }) => {
    await endpoints.delete(endpointId, ownerScope(caller));
    return {};
  };
}
