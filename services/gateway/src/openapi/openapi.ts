import type { RestRoute } from "../rest/rest-route.ts";
import { namedSchemas, type Json, type Schema } from "./json-schemas.ts";
import { operationOf, type Operation } from "./operation.ts";

/** An OpenAPI 3.0.3 document. */
export type OpenApi = Json & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Json; readonly schemas: Readonly<Record<string, Schema>> };
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
