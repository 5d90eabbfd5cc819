import { z } from "zod";
import type { Contracts } from "./event-contract.ts";
import { orderEvents } from "./order-events.ts";
import { paymentEvents } from "./payment-events.ts";

const contracts: Contracts = { ...orderEvents, ...paymentEvents };

/**
 * An event's body with a tombstone in place of each free text about a person, as its contract marks them. A body that is
 * not a JSON object, or of a type without a contract, becomes the tombstone as a whole.
 */
export function eraseBody(type: string, body: string, tombstone: string): string {
  const contract = contracts[type];
  if (!contract || !isObject(body)) return JSON.stringify({ erased: tombstone });
  const text = JSON.stringify(tombstone);
  // In the text: JSON.parse and JSON.stringify would not keep the decimals of amounts.
  return personalFields(contract.body).reduce(
    (erased, name) => erased.replace(stringField(name), (_, start: string) => `${start}${text}`),
    body,
  );
}

function personalFields({ shape }: z.ZodObject): string[] {
  const fields = Object.entries<z.core.$ZodType>(shape);
  return fields.filter(([, schema]) => isPersonal(schema)).map(([name]) => name);
}

function isPersonal(schema: z.core.$ZodType): boolean {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return z.globalRegistry.get(inner)?.personal === true;
}

/** A field with a string in a JSON text; the first group is all before the string. */
function stringField(name: string): RegExp {
  return new RegExp(`("${name}"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, "g");
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
