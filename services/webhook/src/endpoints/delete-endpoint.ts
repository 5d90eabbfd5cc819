import {
  DeleteEndpointRequestSchema,
  type WebhookService,
} from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { ownerScope } from "../rules/endpoint.ts";
import type { Endpoints } from "../store/endpoints.ts";
import type { Requests } from "../store/requests.ts";

/** What DeleteEndpoint touches. */
export type DeleteEndpointDependencies = {
  readonly requests: Requests;
  readonly endpoints: Pick<Endpoints, "delete">;
};

/** WebhookService.DeleteEndpoint */
export function deleteEndpointRpc({
  requests,
  endpoints,
}: DeleteEndpointDependencies): UnaryHandler<typeof WebhookService.method.deleteEndpoint> {
  return async (request, call) => {
    const endpointId = request.endpointId.toLowerCase();
    await requests.makeOnce(
      DeleteEndpointRequestSchema,
      { ...request, endpointId },
      call,
      () => (tx) => endpoints.delete(tx, endpointId, ownerScope(call.caller)),
    );
    return {};
  };
}
