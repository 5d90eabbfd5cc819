import {
  RedeliverWebhookRequestSchema,
  type WebhookService,
} from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Worker } from "@till/worker";
import { ownerScope } from "../rules/endpoint.ts";
import type { Deliveries } from "../store/deliveries.ts";
import type { Requests } from "../store/requests.ts";
import { deliveryToProto } from "./delivery-to-proto.ts";

/** What RedeliverWebhook touches. */
export type RedeliverWebhookDependencies = {
  readonly requests: Requests;
  readonly deliveries: Pick<Deliveries, "redeliver" | "find">;
  readonly sending: Pick<Worker, "notify">;
};

/** WebhookService.RedeliverWebhook */
export function redeliverWebhookRpc({
  requests,
  deliveries,
  sending,
}: RedeliverWebhookDependencies): UnaryHandler<typeof WebhookService.method.redeliverWebhook> {
  return async (request, call) => {
    const deliveryId = request.deliveryId.toLowerCase();
    await requests.makeOnce(
      RedeliverWebhookRequestSchema,
      { ...request, deliveryId },
      call,
      () => (tx) => deliveries.redeliver(tx, deliveryId, ownerScope(call.caller)),
    );
    const delivery = await deliveries.find(deliveryId);
    sending.notify();
    return { delivery: deliveryToProto(delivery) };
  };
}
