import { z } from "zod";
import { schemas } from "../rest/components.ts";

/** An object of a JSON document. */
export type Json = { readonly [name: string]: unknown };

/** A JSON schema, as OpenAPI 3.0 has it. */
export type Schema = Json & {
  readonly type?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
};

/** Refers to a schema of the components. */
export function refTo(schema: z.ZodType, registry: typeof schemas.requests): Schema {
  return { $ref: refOf(registry.get(schema)!.id) };
}

const refOf = (id: string) => `#/components/schemas/${id}`;

/** The schemas of the components, which refer to each other by name. */
export function namedSchemas(): Record<string, Schema> {
  const kinds = [
    [schemas.requests, "input", withNullable],
    [schemas.responses, "output", (schema: Schema) => schema],
  ] as const;
  const named = kinds.flatMap(([registry, io, shown]) =>
    Object.entries(z.toJSONSchema(registry, { ...options, io, uri: refOf }).schemas).map(
      ([name, { $id: _, ...schema }]) => [name, shown(schema as Schema)] as const,
    ),
  );
  return Object.fromEntries(named);
}

/** Marks what may be left out of a request: null is as if left out. What has no type may be null anyway. */
function withNullable(schema: Schema): Schema {
  const { properties, required = [], items } = schema;
  const marked = Object.entries(properties ?? {}).map(([name, field]) => {
    const isNullable = field.type !== undefined && !required.includes(name);
    return [name, { ...withNullable(field), ...(isNullable && { nullable: true }) }];
  });
  return {
    ...schema,
    ...(properties && { properties: Object.fromEntries(marked) as Record<string, Schema> }),
    ...(items && { items: withNullable(items) }),
  };
}

/** A schema that stands where it is used. */
export function schemaOf(schema: z.ZodType, io: "input" | "output"): Schema {
  return z.toJSONSchema(schema, { ...options, io }) as Schema;
}

const options = {
  target: "openapi-3.0",
  unrepresentable: "any",
  override({ jsonSchema }: { jsonSchema: Record<string, unknown> }) {
    // Of dates and numbers in texts: the type says the same.
    if (jsonSchema["format"] === "date-time" || jsonSchema["type"] === "integer")
      delete jsonSchema["pattern"];
    // A response may have more fields one day.
    if (jsonSchema["additionalProperties"] === false) delete jsonSchema["additionalProperties"];
    if (jsonSchema["type"] === "array" && jsonSchema["items"] !== undefined) delete jsonSchema["anyOf"];
  },
} as const;
