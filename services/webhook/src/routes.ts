import { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { allow, implement } from "@till/rpc/server";
import { listDeliveriesRpc, type ListDeliveriesDependencies } from "./deliveries/list-deliveries.ts";
import { redeliverWebhookRpc, type RedeliverWebhookDependencies } from "./deliveries/redeliver-webhook.ts";
import { createEndpointRpc, type CreateEndpointDependencies } from "./endpoints/create-endpoint.ts";
import { deleteEndpointRpc } from "./endpoints/delete-endpoint.ts";
import { listEndpointsRpc } from "./endpoints/list-endpoints.ts";
import { rotateSecretRpc, type RotateSecretDependencies } from "./endpoints/rotate-secret.ts";
import { updateEndpointRpc, type UpdateEndpointDependencies } from "./endpoints/update-endpoint.ts";
import type { Endpoints } from "./store/endpoints.ts";

/** What the routes touch together. */
type RouteDependencies = CreateEndpointDependencies &
  UpdateEndpointDependencies &
  RotateSecretDependencies &
  ListDeliveriesDependencies &
  RedeliverWebhookDependencies & { readonly endpoints: Endpoints };

/** Every RPC of the webhook service with its policy. */
export function routes(deps: RouteDependencies) {
  return [
    implement(WebhookService, {
      createEndpoint: allow(["service", "admin"], createEndpointRpc(deps)),
      listEndpoints: allow(["service", "admin"], listEndpointsRpc(deps)),
      updateEndpoint: allow(["service", "admin"], updateEndpointRpc(deps)),
      deleteEndpoint: allow(["service", "admin"], deleteEndpointRpc(deps)),
      rotateSecret: allow(["service", "admin"], rotateSecretRpc(deps)),
      listDeliveries: allow(["service", "admin"], listDeliveriesRpc(deps)),
      redeliverWebhook: allow(["service", "admin"], redeliverWebhookRpc(deps)),
    }),
  ];
}
