import { createConnectTransport } from "@connectrpc/connect-web";
import { tillOver, type CommonOptions, type Till } from "./till.ts";
import { unavailableWhereCut } from "./unavailable-where-cut.ts";

export type * from "./public-types.ts";
export { minorUnitsOf, moneyOf } from "./money.ts";
export { priceChangesOf } from "./price-changes.ts";
export { isTillError, TillError } from "./till-error.ts";

/** Options of a client for browsers. */
export type TillOptions = CommonOptions & {
  /** URL of the gateway, such as https://till.example.com. */
  readonly url: string;
  /** The fetch to use. Left out: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
};

/**
 * Opens a client that calls the gateway by Connect, over fetch: for browsers, and wherever gRPC is not to be had.
 *
 * ```ts
 * const till = createTill({ url: "https://till.example.com", token: () => session.token() });
 * ```
 */
export function createTill(options: TillOptions): Till {
  const { fetch } = options;
  const open = (baseUrl: string) =>
    unavailableWhereCut(createConnectTransport({ baseUrl, useBinaryFormat: true, ...(fetch && { fetch }) }));
  const url = options.url.replace(/\/+$/, "");
  const all = open(url);
  // The gateway has each service's OpsService under a prefix of its own.
  const ops = {
    orderOps: open(`${url}/order-ops`),
    paymentOps: open(`${url}/payment-ops`),
    webhookOps: open(`${url}/webhook-ops`),
  };
  return tillOver({ orders: all, payments: all, webhooks: all, ...ops, close: () => undefined }, options);
}
