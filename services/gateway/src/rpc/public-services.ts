import type { DescService } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { WebhookService } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";

export type Upstreams = {
  readonly order: Transport;
  readonly payment: Transport;
  readonly webhook: Transport;
};

/** A service that clients may call, and where it is served. */
export type PublicService = {
  readonly service: DescService;
  readonly transport: Transport;
  /** Stands before the paths of a service that several upstreams serve, each for itself. */
  readonly prefix?: string;
};

/** Every service that clients may call. OrderInternalService is for the services of a deployment alone. */
export function publicServices({ order, payment, webhook }: Upstreams): PublicService[] {
  return [
    { service: OrderService, transport: order },
    { service: SessionService, transport: order },
    { service: PaymentService, transport: payment },
    { service: WebhookService, transport: webhook },
    { service: OpsService, transport: order, prefix: "/order-ops" },
    { service: OpsService, transport: payment, prefix: "/payment-ops" },
    { service: OpsService, transport: webhook, prefix: "/webhook-ops" },
  ];
}
