import { grpcTransport } from "@till/rpc/grpc-transport";
import { tillOver, type CommonOptions, type Till } from "./till.ts";

export type * from "./public-types.ts";
export { minorUnitsOf, moneyOf } from "./money.ts";
export { priceChangesOf } from "./price-changes.ts";
export { isTillError, TillError } from "./till-error.ts";

/** Options of a client for Node. */
export type TillOptions = CommonOptions & {
  /** Address of the order service, as host:port; several with commas. Left out: 127.0.0.1:50051, where `npm start` has it. */
  readonly orderAddress?: string | undefined;
  /** Address of the payment service. Left out: 127.0.0.1:50052. */
  readonly paymentAddress?: string | undefined;
  /** Whether to use TLS: with the machine's certificate authorities, or with these (PEM). Left out: no. */
  readonly tls?: boolean | { readonly ca: string | Uint8Array } | undefined;
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
  const { orderAddress = "127.0.0.1:50051", paymentAddress = "127.0.0.1:50052", tls = false } = options;
  const orders = grpcTransport({ address: orderAddress, retries: false, tls });
  const payments = grpcTransport({ address: paymentAddress, retries: false, tls });
  const close = () => {
    orders.close();
    payments.close();
  };
  return tillOver({ orders, payments, close }, options);
}
