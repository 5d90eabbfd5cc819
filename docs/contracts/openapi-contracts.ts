import { openApi, type OpenApi } from "../../services/gateway/src/openapi/openapi.ts";
import { apiV1Routes } from "../../services/gateway/src/rest/api-v1.ts";
import { orderPrefixRoutes } from "../../services/gateway/src/rest/order-prefix.ts";
import { orderRoutes } from "../../services/gateway/src/rest/orders.ts";
import { paymentRoutes } from "../../services/gateway/src/rest/payments.ts";
import type { RestRoute } from "../../services/gateway/src/rest/rest-route.ts";
import { contact, contractVersion, license } from "./publisher.ts";

/** services/order/contracts/order-api.yaml: what the gateway serves of orders, in each dialect. */
export function orderApi(): OpenApi {
  return apiContract("Till: orders", [...orderRoutes, ...orderPrefixRoutes, ...apiV1Routes]);
}

/** services/payment/contracts/payment-api.yaml: what the gateway serves of payments. */
export function paymentApi(): OpenApi {
  return apiContract("Till: payments", paymentRoutes);
}

/** The gateway's description of the routes, with the schemas that they refer to and no others. */
function apiContract(title: string, routes: readonly RestRoute[]): OpenApi {
  const { info, components, ...api } = openApi(routes);
  const { schemas } = components;
  const used = referredFrom(api, schemas);
  return {
    ...api,
    info: { ...(info as object), title, version: contractVersion, contact, license },
    servers: [{ url: "http://127.0.0.1:8080", description: "The gateway, as `npm start` runs it." }],
    components: {
      ...components,
      // By name, so that the order of routes in the code is not a change.
      schemas: Object.fromEntries([...used].sort().map((name) => [name, schemas[name]!])),
    },
  };
}

/** The names of the schemas that the value refers to, and of those that they refer to. */
function referredFrom(
  value: unknown,
  schemas: OpenApi["components"]["schemas"],
  found = new Set<string>(),
): Set<string> {
  const references = JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g);
  for (const [, name] of references) {
    if (found.has(name!)) continue;
    found.add(name!);
    referredFrom(schemas[name!], schemas, found);
  }
  return found;
}
