import type { EntitySchema } from "typeorm";
import { entities } from "../../services/order/src/store/entities.ts";

/** A field of the data product: its name, the column that has it, and what it means. */
type Field = readonly [name: string, column: string, description: string, more?: object];

const minor = "in minor units of `currency` (4999 is 49.99 in EUR)";
const externalId = logical({ pattern: "^[!-~]{1,128}$" });
const notNegative = logical({ minimum: 0 });
const fromOne = logical({ minimum: 1 });

/** As google.type.PostalAddress is written in JSON. */
const address = {
  logicalType: "object",
  classification: "restricted",
  properties: [
    { name: "regionCode", logicalType: "string", description: "CLDR region, such as DE." },
    { name: "postalCode", logicalType: "string", description: "Postal code." },
    { name: "locality", logicalType: "string", description: "City or town." },
    {
      name: "addressLines",
      logicalType: "array",
      items: { name: "addressLine", logicalType: "string" },
      description: "Street and number.",
    },
  ],
};

/** Addresses and remarks, which the erasure of a person overwrites. */
const details = {
  classification: "restricted",
  properties: [
    { name: "shippingAddress", description: "Where goods are sent to.", ...address },
    { name: "billingAddress", description: "Of the invoice.", ...address },
    { name: "cartId", logicalType: "string", description: "The cart that became the order." },
    { name: "notes", logicalType: "string", description: "The buyer's notes.", classification: "restricted" },
  ],
};

/** The tables that readers may rely on, and of each the columns. Others are the service's own. */
const tables: Readonly<
  Record<
    string,
    { readonly description: string; readonly granularity: string; readonly fields: readonly Field[] }
  >
> = {
  orders: {
    description: "Orders as they are now.",
    granularity: "One row an order.",
    fields: [
      ["id", "id", "UUIDv7 of the order."],
      ["userId", "user_id", "The buyer: an id of the users' system, compared as it is.", externalId],
      ["status", "status", "Where the order stands; docs/order-states.md has the transitions."],
      ["totalAmount", "total_minor", `What the order costs, ${minor}.`, notNegative],
      ["currency", "currency", "ISO 4217.", logical({ pattern: "^[A-Z]{3}$" })],
      ["shippingFee", "shipping_fee_minor", `Delivery, part of the total, ${minor}.`, notNegative],
      ["discount", "discount_minor", `Already subtracted from the total, ${minor}.`, notNegative],
      ["captured", "captured_minor", `What was captured, ${minor}.`, notNegative],
      ["refunded", "refunded_minor", `What of it was refunded, ${minor}.`, notNegative],
      ["paymentId", "payment_id", "The payment that holds the order's slot, or that paid it."],
      ["cancelReason", "cancel_reason", "USER, ADMIN, EXPIRED or PAYMENT_FAILED; of cancelled orders."],
      ["details", "details", "Addresses, cart and notes, as JSON; null where there are none.", details],
      ["version", "version", "1 at first, and 1 more with each change.", fromOne],
      ["createdAt", "created_at", "When the order was placed."],
      ["updatedAt", "updated_at", "When it was last changed."],
      ["expiresAt", "expires_at", "When it is cancelled unless it is paid."],
    ],
  },
  order_items: {
    description: "The lines of orders, at the prices of the moment they were placed.",
    granularity: "One row a line.",
    fields: [
      ["id", "id", "UUIDv7 of the line; of a session's line also of its booking."],
      ["orderId", "order_id", "The order."],
      ["userId", "user_id", "The buyer, as in the order.", externalId],
      ["kind", "kind", "DIGITAL_COURSE, SESSION or PHYSICAL."],
      ["productId", "ref_id", "The course, session or product: an id of another system.", externalId],
      ["productName", "name", "Its name at that moment."],
      ["quantity", "quantity", "How many.", logical({ minimum: 1, maximum: 999 })],
      [
        "price",
        "unit_price_minor",
        `The price of one, ${minor}; times the quantity it is the subtotal.`,
        notNegative,
      ],
      ["paid", "paid_minor", `The subtotal less its share of the discount, ${minor}.`, notNegative],
      ["refunded", "refunded_minor", `What of it was refunded, ${minor}.`, notNegative],
    ],
  },
  order_event: {
    description: "The history of orders: what changed, why, and who did it. Rows are only added.",
    granularity: "One row a history entry.",
    fields: [
      ["id", "id", "UUIDv7 of the entry."],
      ["orderId", "order_id", "The order."],
      ["version", "version", "The order's version after the change.", fromOne],
      ["position", "position", "Among the entries of one version.", fromOne],
      ["type", "type", "What happened; docs/history.md has the types."],
      ["from", "from_status", "The status before; null where the order was created."],
      ["to", "to_status", "The status after."],
      ["actor", "actor", "Who did it."],
      ["reason", "reason", "Why."],
      ["createdAt", "created_at", "When."],
    ],
  },
};

export type Property = {
  readonly name: string;
  readonly physicalName: string;
  readonly [field: string]: unknown;
};

/** A table as ODCS describes it: the types, keys and nulls are those of the service's entities. */
export function schemaObject(table: string) {
  const { description, granularity, fields } = tables[table]!;
  const { columns } = entityOf(table).options;
  const keys = Object.keys(columns).filter((column) => columns[column]!.primary);
  return {
    id: table,
    name: table,
    physicalName: table,
    physicalType: "table",
    logicalType: "object",
    description,
    dataGranularityDescription: granularity,
    properties: fields.map(([name, column, about, more]): Property => {
      const entity = columns[column];
      if (!entity) throw new Error(`docs/contracts/order-tables.ts: ${table} has no column ${column}`);
      const type = String(entity.type);
      return {
        id: name,
        name,
        physicalName: column,
        physicalType: type,
        logicalType: logicalTypes[type] ?? "string",
        ...(keys.includes(column) && { primaryKey: true, primaryKeyPosition: keys.indexOf(column) + 1 }),
        required: !entity.nullable,
        unique: keys.length === 1 && keys[0] === column,
        description: about,
        ...more,
      };
    }),
  };
}

function logical(options: {
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}) {
  return { logicalTypeOptions: options };
}

function entityOf(table: string): EntitySchema {
  const entity = entities.find(({ options }) => options.name === table);
  if (!entity) throw new Error(`the order service has no table ${table}`);
  return entity;
}

const logicalTypes: Readonly<Record<string, string>> = {
  bigint: "integer",
  integer: "integer",
  jsonb: "object",
  timestamptz: "timestamp",
};
