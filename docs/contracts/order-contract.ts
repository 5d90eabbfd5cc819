import { historyRules, orderPropertyRules, orderRules, type QualityRule } from "./order-quality.ts";
import { schemaObject, type Property } from "./order-tables.ts";
import { contact, contractVersion } from "./publisher.ts";

/** A data contract of ODCS 3.1.0, as far as its readers here use it. */
export type DataContract = {
  readonly apiVersion: "v3.1.0";
  readonly name: string;
  readonly description: { readonly purpose: string; readonly limitations: string; readonly usage: string };
  readonly schema: readonly DataObject[];
  readonly slaProperties: readonly {
    readonly property: string;
    readonly value: string | number;
    readonly unit?: string;
    readonly description: string;
  }[];
  readonly support: readonly {
    readonly channel: string;
    readonly description: string;
    readonly [field: string]: unknown;
  }[];
  readonly [field: string]: unknown;
};

type DataObject = {
  readonly name: string;
  readonly description: string;
  readonly properties: readonly (Property & { readonly quality?: readonly QualityRule[] })[];
  readonly quality?: readonly QualityRule[];
  readonly [field: string]: unknown;
};

/** services/order/contracts/order-contract.yaml: what readers of the order service's data may rely on. */
export function orderContract(): DataContract {
  const orders = schemaObject("orders");
  const history = schemaObject("order_event");
  return {
    version: contractVersion,
    kind: "DataContract",
    apiVersion: "v3.1.0",
    id: "till-orders",
    name: "Orders",
    domain: "order-management",
    dataProduct: "orders",
    status: "active",
    description: {
      purpose: "Orders, their lines and their history, as the order service keeps them in Postgres.",
      limitations:
        "Read from a replica, and not from the primary. Amounts are whole numbers of minor units, to be read with the order's currency. Payments are the payment service's.",
      usage: "Reports, and checks of quality; what is live is read over the API and from the events.",
    },
    authoritativeDefinitions: [
      { type: "implementation", url: "order-api.yaml", description: "The API of the same orders." },
      { type: "implementation", url: "order-events.yaml", description: "The events of their changes." },
    ],
    servers: [
      {
        id: "orders",
        server: "orders",
        type: "postgresql",
        description: "The order service's database, DATABASE_URL of its environment.",
        host: "127.0.0.1",
        port: 5432,
        database: "till_order",
        schema: "public",
      },
    ],
    schema: [
      {
        ...orders,
        properties: orders.properties.map((property) => {
          const quality = orderPropertyRules[property.name];
          return { ...property, ...(quality && { quality }) };
        }),
        quality: orderRules,
      },
      {
        ...schemaObject("order_items"),
        relationships: [{ type: "foreignKey", from: "order_items.orderId", to: "orders.id" }],
      },
      {
        ...history,
        relationships: [{ type: "foreignKey", from: "order_event.orderId", to: "orders.id" }],
        quality: historyRules,
      },
    ],
    slaProperties: [
      sla("freshness", 24, "h", "An order was updated within 24 hours; the goal is real time."),
      sla("availability", 99.95, "percent", "Of the API."),
      sla("latency", 5, "s", "From a change to its event at the consumer, 99 of 100."),
      sla("responseTime", 300, "ms", "Of creating an order, 95 of 100."),
    ],
    support: [
      {
        channel: contact.email,
        tool: "email",
        url: `mailto:${contact.email}`,
        description: "Questions; a deployment puts its own channels here.",
      },
      {
        channel: "#order-management-support",
        tool: "slack",
        url: contact.url,
        description: "Questions in working hours.",
      },
      {
        channel: "on-call",
        tool: "other",
        url: contact.url,
        scope: "issues",
        description: "Payments, at any hour.",
      },
    ],
    tags: ["orders", "order-management"],
  };
}

function sla(property: string, value: number, unit: string, description: string) {
  return {
    id: property,
    property,
    value,
    unit,
    element: "orders",
    driver: "operational",
    description,
  };
}
