import type { Contracts } from "@till/contracts";
import { inventoryEvents, inventoryTopic } from "@till/contracts/inventory-events";
import { orderEvents, orderTopic } from "@till/contracts/order-events";
import { paymentEvents, paymentTopic } from "@till/contracts/payment-events";
import { personEvents } from "@till/contracts/person-events";
import { z } from "zod";

/** docs/events.md, made from the contracts that writers and readers share. */
export function events(): string {
  return [
    "# Events",
    "",
    "Made by `npm run docs` from [`packages/contracts`](../packages/contracts/src), whose schemas the services write and",
    "read with; CI checks that it is in step.",
    "",
    "Three Kafka topics, each keyed by the order's id, so that the events of one order stay in order. A record is a",
    "CloudEvent in binary mode with `content-type: application/json`: `ce_type` is the type, `ce_subject` the order,",
    "`ce_time` the time of the change, `ce_dataversion` the version below, `traceparent` the trace. Delivery is at least",
    "once, a repeat with the same `ce_id`. The value is JSON. A field marked `?` may be left out, and fields may be added",
    "without notice. An amount is a number above zero with the exact decimals of its currency, a sum may be zero, an id is",
    "up to 128 printable ASCII characters, a time is ISO 8601 in UTC.",
    "",
    ...topic(
      orderTopic,
      orderEvents,
      "The order service's. `status` is `pending` for CREATED and PAYMENT_PENDING, `confirmed` for",
      "PAID, else the status in lower case.",
    ),
    ...topic(
      `${orderTopic} (people)`,
      personEvents,
      "On the same topic; the key and the subject are the user's id.",
    ),
    ...topic(
      paymentTopic,
      paymentEvents,
      "The payment service's. `status` is the payment's status in lower case; `amount` is the",
      "payment's, or the refund's where the event is about a refund; of a dispute what counts as refunded by it, or no",
      "longer. A dispute's `state` is `needs_response`, `under_review`, `won` or `lost`.",
    ),
    ...topic(
      inventoryTopic,
      inventoryEvents,
      "The inventory's, which the order service reads; the sandbox publishes them here.",
    ),
  ].join("\n");
}

function topic(name: string, contracts: Contracts, ...lead: readonly string[]): string[] {
  return [
    `## \`${name}\``,
    "",
    ...lead,
    "",
    "| type | when | also called | `ce_dataversion` |",
    "| -- | -- | -- | -- |",
    ...Object.entries(contracts).map(([type, { when, alsoCalled, versionOf }]) => {
      const names = alsoCalled.map((name) => `\`${name}\``).join(", ");
      return `| \`${type}\` | ${when} | ${names} | ${versionOf} |`;
    }),
    "",
    "| type | body |",
    "| -- | -- |",
    ...Object.entries(contracts).map(([type, { body }]) => `| \`${type}\` | ${fieldsOf(body).join(", ")} |`),
    "",
  ];
}

function fieldsOf({ shape }: z.ZodObject): string[] {
  const fields = Object.entries<z.core.$ZodType>(shape);
  return fields.map(([name, schema]) => {
    const isOptional = schema instanceof z.ZodOptional;
    return `\`${name}${isOptional ? "?" : ""}\` ${kindOf(isOptional ? schema.unwrap() : schema)}`;
  });
}

function kindOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodArray) return `list of ${kindOf(schema.element)}`;
  if (schema instanceof z.ZodObject) return `{ ${fieldsOf(schema).join(", ")} }`;
  const kind = z.globalRegistry.get(schema)?.kind;
  if (typeof kind !== "string") throw new Error("a field of an event has no kind");
  return kind;
}
