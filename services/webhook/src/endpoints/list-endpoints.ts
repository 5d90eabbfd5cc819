import type { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { idFromPageToken, pageOf, pageTokenFor, type UnaryHandler } from "@till/rpc/server";
import { ownerScope } from "../rules/endpoint.ts";
import type { Endpoints } from "../store/endpoints.ts";
import { endpointToProto } from "./endpoint-to-proto.ts";

/** WebhookService.ListEndpoints: newest first, a keyset page at a time. */
export function listEndpointsRpc({
  endpoints,
}: {
  readonly endpoints: Pick<Endpoints, "list">;
}): UnaryHandler<typeof WebhookService.method.listEndpoints> {
  return async (request, { caller }) => {
    const owner = ownerScope(caller);
    const filters = { owner };
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    const { messages, nextPageToken } = pageOf(await endpoints.list(owner, before, pageSize + 1), {
      pageSize,
      toMessage: endpointToProto,
      tokenAfter: ({ id }) => pageTokenFor(id, filters),
    });
    return { endpoints: messages, nextPageToken };
  };
}
