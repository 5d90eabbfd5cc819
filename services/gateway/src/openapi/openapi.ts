import { z } from "zod";
import { httpStatusOf } from "../http/problem-status.ts";
import { schemas } from "../rest/components.ts";
import type { RestRoute } from "../rest/rest-route.ts";
import { sharedReasons } from "./reasons.ts";

type Json = { readonly [name: string]: unknown };

/** An OpenAPI 3.0.3 document. */
export type OpenApi = Json & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Json; readonly schemas: Readonly<Record<string, Schema>> };
};

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, { readonly description: string } & Json>>;
};

type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
};

export type Schema = Json & {
  readonly type?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
};

/** Describes the routes, all from the schemas that read their requests and that tests hold their responses against. */
export function openApi(routes: readonly RestRoute[]): OpenApi {
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  const paths = Object.groupBy(routes, ({ path }) => path);
  return {
    openapi: "3.0.3",
    info: {
      title: "Till",
      version: "1.0.0",
      description: about,
      contact: { name: "Till", url: "/docs" },
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
    tags: tags.map((name) => ({ name, description: tagDescriptions[name] ?? name })),
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, ofPath]) => [
        path,
        Object.fromEntries(ofPath!.map((route) => [route.method.toLowerCase(), operationOf(route)])),
      ]),
    ),
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { Problem: problemSchema, ...namedSchemas() },
    },
  };
}

const about = [
  "Orders and payments in three dialects. Amounts are JSON numbers with the decimals of their currency, read and",
  "written exactly; times are RFC 3339. Fields that are not listed are ignored, in bodies and in queries, and null is",
  "as if left out. A request with an Idempotency-Key can be repeated: a replay returns the first result, with",
  "`Idempotent-Replay: true`. Every failure is a problem (RFC 9457): programs branch on its `reason`.",
].join(" ");

const tagDescriptions: Readonly<Record<string, string>> = {
  Orders: "Orders in camelCase, with statuses such as pending and confirmed.",
  Payments: "Payments in camelCase; a status is one of pending, processed, failed and refunded.",
  "Orders under /order":
    "Orders in snake_case, with statuses such as PENDING, CONFIRMED, COMPLETED and CANCELLED.",
  "Orders under /api/v1":
    "Orders in snake_case, with skus, price snapshots and events; statuses from CREATED to CANCELED.",
};

function operationOf(route: RestRoute): Operation {
  const { id, summary, tag, reasons, body, key, responses } = route;
  const own = reasons.length === 0 ? "" : ` Fails with ${reasons.join(", ")}.`;
  return {
    operationId: id,
    summary,
    description: `${summary}.${own}`,
    tags: [tag],
    parameters: [...pathParameters(route.path), ...queryParameters(route.query), ...keyParameter(route)],
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { "application/json": { schema: refTo(body, schemas.requests) } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, schema]) => [status, successOf(status, schema, key)]),
      ),
      ...problemResponses(reasons),
    },
  };
}

function successOf(status: string, schema: z.ZodType, key: RestRoute["key"]) {
  const isReplay = key === "required" && status === "200";
  return {
    description: status === "201" ? "Created." : isReplay ? "The result, also of a replay." : "The result.",
    headers: {
      "X-Request-Id": { schema: { type: "string" } },
      ...(key && { "Idempotent-Replay": { schema: { type: "string", enum: ["true"] } } }),
      ...(status === "201" && { Location: { schema: { type: "string" } } }),
    },
    content: { "application/json": { schema: refTo(schema, schemas.responses) } },
  };
}

/** One response for each status that a route's reasons have; every other failure is a problem, too. */
function problemResponses(reasons: readonly string[]) {
  const all = new Set([...sharedReasons, ...reasons]);
  const byStatus = Object.groupBy(all, (reason) => String(httpStatusOf(reason)));
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return {
    ...Object.fromEntries(
      Object.entries(byStatus).map(([status, ofStatus]) => [
        status,
        { description: `${ofStatus!.join(", ")}.`, content },
      ]),
    ),
    default: { description: "Any other failure.", content },
  };
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: "path",
    required: true,
    schema: { type: "string", format: "uuid" },
  }));
}

function queryParameters(query: z.ZodObject | undefined): Parameter[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...json } = schemaOf(schema as z.ZodType, "input");
    return { name, in: "query", ...(description !== undefined && { description }), schema: json };
  });
}

function keyParameter({ key, body }: RestRoute): Parameter[] {
  if (!key) return [];
  const inBody = body instanceof z.ZodObject && "idempotency_key" in body.shape;
  const required = key === "required" && !inBody;
  return [
    {
      name: "Idempotency-Key",
      in: "header",
      required,
      description:
        "Names the request, so that a repeat has no second effect: 1 to 255 visible ASCII characters.",
      // Where it is not required, an empty one is as if left out.
      schema: { type: "string", minLength: required ? 1 : 0, maxLength: 255, pattern: "^[!-~]*$" },
    },
  ];
}

function refTo(schema: z.ZodType, registry: typeof schemas.requests): Schema {
  return { $ref: refOf(registry.get(schema)!.id) };
}

const refOf = (id: string) => `#/components/schemas/${id}`;

/** The schemas of the components, which refer to each other by name. */
function namedSchemas(): Record<string, Schema> {
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

function schemaOf(schema: z.ZodType, io: "input" | "output"): Schema {
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

const problemSchema: Schema = {
  type: "object",
  required: ["type", "title", "status", "detail", "reason", "request_id", "metadata", "violations"],
  properties: {
    type: { type: "string", description: "A path of this server that explains the reason." },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "For people." },
    reason: { type: "string", description: "For programs.", example: "PRICE_CHANGED" },
    request_id: { type: "string" },
    metadata: { type: "object", additionalProperties: { type: "string" } },
    violations: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "description"],
        properties: { field: { type: "string" }, description: { type: "string" } },
      },
    },
  },
};
