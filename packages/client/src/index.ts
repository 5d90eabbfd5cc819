import { grpcTransport, type GrpcTransport } from "@till/rpc/grpc-transport";
import { serviceAddressFrom } from "./service-address.ts";
import { tlsCredentials, type TlsOptions } from "./tls-options.ts";
import { tillOver, type CommonOptions, type Till } from "./till.ts";

export type * from "./public-types.ts";
export type { TlsOptions } from "./tls-options.ts";
export { minorUnitsOf, moneyOf } from "./money.ts";
export { priceChangesOf } from "./price-changes.ts";
export { isTillError, TillError } from "./till-error.ts";

/** Options of a client for Node. */
export type TillOptions = CommonOptions & {
  /**
   * Address of the order service: host:port, or grpcs://host:port for TLS; several with commas. Left out: 127.0.0.1:50051,
   * where `npm start` has it.
   */
  readonly orderAddress?: string | undefined;
  /** Address of the payment service. Left out: 127.0.0.1:50052. */
  readonly paymentAddress?: string | undefined;
  /** Address of the webhook service. Left out: 127.0.0.1:50054. */
  readonly webhookAddress?: string | undefined;
  /** Whether to use TLS, and how. Left out: for addresses that begin with grpcs:// or https://. */
  readonly tls?: boolean | TlsOptions | undefined;
};

/**
 * Opens a client that calls the services over gRPC. Connections are made at the first call.
 *
 * ```ts
 * const till = createTill({ token: () => currentToken() });
 * const order = await till.orders.create({ items: [{ courseId: "course-1" }] });
 * ```
 */
export function createTill(options: TillOptions): Till {
  const { tls: choice } = options;
  const secure = tlsCredentials(typeof choice === "object" ? choice : {});
  const opened: GrpcTransport[] = [];
  const open = (text: string, field: string) => {
    const { address, tls = choice !== undefined && choice !== false } = serviceAddressFrom(text, field);
    const transport = grpcTransport({ address, retries: false, tls, credentials: secure });
    opened.push(transport);
    return transport;
  };
  const orders = open(options.orderAddress ?? "127.0.0.1:50051", "orderAddress");
  const payments = open(options.paymentAddress ?? "127.0.0.1:50052", "paymentAddress");
  const webhooks = open(options.webhookAddress ?? "127.0.0.1:50054", "webhookAddress");
  const close = () => opened.forEach((transport) => transport.close());
  const ops = { orderOps: orders, paymentOps: payments, webhookOps: webhooks };
  return tillOver({ orders, payments, webhooks, ...ops, close }, options);
}
