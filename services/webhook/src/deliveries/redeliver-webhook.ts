import type { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Worker } from "@till/worker";
import { ownerScope } from "../rules/endpoint.ts";
import type { Deliveries } from "../store/deliveries.ts";
import { deliveryToProto } from "./delivery-to-proto.ts";

/** What RedeliverWebhook touches. */
export type RedeliverWebhookDependencies = {
  readonly deliveries: Pick<Deliveries, "redeliver">;
  readonly sending: Pick<Worker, "notify">;
};

/** WebhookService.RedeliverWebhook */
export function redeliverWebhookRpc({
  deliveries,
  sending,
}: RedeliverWebhookDependencies): UnaryHandler<typeof WebhookService.method.redeliverWebhook> {
  return async ({ deliveryId }, { caller }) => {
    const delivery = await deliveries.redeliver(deliveryId, ownerScope(caller));
    sending.notify();
    return { delivery: deliveryToProto(delivery) };
  };
}
