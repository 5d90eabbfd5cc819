import { DeliveryStatus, type WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { idFromPageToken, pageOf, pageTokenFor, type UnaryHandler } from "@till/rpc/server";
import type { DeliveryStatus as StoredStatus } from "../rules/delivery.ts";
import { ownerScope } from "../rules/endpoint.ts";
import type { Deliveries } from "../store/deliveries.ts";
import type { Endpoints } from "../store/endpoints.ts";
import { deliveryToProto } from "./delivery-to-proto.ts";

/** What ListDeliveries touches. */
export type ListDeliveriesDependencies = {
  readonly endpoints: Pick<Endpoints, "find">;
  readonly deliveries: Pick<Deliveries, "list">;
};

/** WebhookService.ListDeliveries: newest first, a keyset page at a time. */
export function listDeliveriesRpc({
  endpoints,
  deliveries,
}: ListDeliveriesDependencies): UnaryHandler<typeof WebhookService.method.listDeliveries> {
  return async (request, { caller }) => {
    const { id: endpointId } = await endpoints.find(request.endpointId, ownerScope(caller));
    const filters = { endpointId, status: statusFilter[request.status] };
    const pageSize = request.pageSize || 50;
    const before = idFromPageToken(request.pageToken, filters);
    const { messages, nextPageToken } = pageOf(await deliveries.list(filters, before, pageSize + 1), {
      pageSize,
      toMessage: deliveryToProto,
      tokenAfter: ({ id }) => pageTokenFor(id, filters),
    });
    return { deliveries: messages, nextPageToken };
  };
}

const statusFilter: Readonly<Record<DeliveryStatus, StoredStatus | undefined>> = {
  [DeliveryStatus.UNSPECIFIED]: undefined,
  [DeliveryStatus.PENDING]: "PENDING",
  [DeliveryStatus.DELIVERED]: "DELIVERED",
  [DeliveryStatus.FAILED]: "FAILED",
};
