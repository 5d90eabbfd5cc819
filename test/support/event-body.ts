import type { EventContract } from "@till/contracts";
import { inventoryEvents } from "@till/contracts/inventory-events";
import { orderEvents } from "@till/contracts/order-events";
import { paymentEvents } from "@till/contracts/payment-events";
import { newId } from "@till/ids";
import { z } from "zod";

const contracts: Readonly<Record<string, EventContract>> = {
  ...orderEvents,
  ...paymentEvents,
  ...inventoryEvents,
};

/** A body of the event's type with every required field, and `fields` over it. */
export function eventBody(type: string, fields: object): object {
  const body: EventContract["body"] | undefined = contracts[type]?.body;
  if (!body) return fields;
  const all = Object.entries<z.core.$ZodType>(body.shape);
  const required = all.filter(([, schema]) => !(schema instanceof z.ZodOptional));
  return { ...Object.fromEntries(required.map(([name, schema]) => [name, valueOf(schema)])), ...fields };
}

function valueOf(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodArray) return [];
  const kind = z.globalRegistry.get(schema)?.kind;
  switch (kind) {
    case "sum":
      return 0;
    case "amount":
    case "whole number":
      return 1;
    case "time":
      return new Date();
    case "currency":
      return "EUR";
    case "uuid":
    case "id":
      return newId();
    default:
      return "text";
  }
}
