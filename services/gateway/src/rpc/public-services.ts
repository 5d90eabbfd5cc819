import type { DescService } from "@bufbuild/protobuf";
import { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import type { Upstream, UpstreamName } from "../upstreams/upstream.ts";

/** A service that clients may call, and where it is served. */
export type PublicService<Server = Upstream> = {
  readonly service: DescService;
  readonly upstream: Server;
  /** Stands before the paths of a service that several upstreams serve, each for itself. */
  readonly prefix?: string;
};

/** Every service that clients may call. OrderInternalService is for the services of a deployment alone. */
export function publicServices<Server>(
  upstreams: Readonly<Record<UpstreamName, Server>>,
): PublicService<Server>[] {
  const { order, payment, webhook } = upstreams;
  return [
    { service: OrderService, upstream: order },
    { service: SessionService, upstream: order },
    { service: PaymentService, upstream: payment },
    { service: WebhookService, upstream: webhook },
    { service: OpsService, upstream: order, prefix: "/order-ops" },
    { service: OpsService, upstream: payment, prefix: "/payment-ops" },
    { service: OpsService, upstream: webhook, prefix: "/webhook-ops" },
  ];
}
