import { z } from "zod";
import type { EventContract } from "@till/contracts";

/** JSON Schema, draft 7, as AsyncAPI 2.6 has it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What a JSON Schema says of each kind of field, beside what its zod schema does. */
const byKind: Readonly<Record<string, JsonSchema>> = {
  id: {
    description: "An id of another system: printable ASCII without blanks, compared as it is.",
    minLength: 1,
    maxLength: 128,
    pattern: "^[!-~]+$",
  },
  currency: { description: "ISO 4217.", pattern: "^[A-Z]{3}$" },
  amount: { description: "Above zero, with the exact decimals of its currency." },
  sum: { description: "Zero or more, with the exact decimals of its currency." },
  time: { description: "ISO 8601, in UTC." },
};

/** The schema of an event's body as it is on the wire. Fields may be added, so others than these are valid, too. */
export function bodySchema({ body }: EventContract): JsonSchema {
  const schema = z.toJSONSchema(body, { target: "draft-7", io: "input", override });
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== "$schema"));
}

function override({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  const { kind, personal, format, type } = jsonSchema;
  delete jsonSchema["kind"];
  delete jsonSchema["personal"];
  // The format says the same.
  if (format === "uuid" || format === "date-time") delete jsonSchema["pattern"];
  // The limits of a double.
  if (type === "integer") {
    delete jsonSchema["minimum"];
    delete jsonSchema["maximum"];
  }
  if (typeof kind === "string") Object.assign(jsonSchema, byKind[kind]);
  if (personal === true) jsonSchema["description"] = "Free text; overwritten when its person is erased.";
}
