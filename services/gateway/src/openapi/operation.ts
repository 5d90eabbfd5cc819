import { z } from "zod";
import { httpStatusOf } from "../http/problem-status.ts";
import { schemas } from "../rest/components.ts";
import type { RestRoute } from "../rest/rest-route.ts";
import { refTo, schemaOf, type Json, type Schema } from "./json-schemas.ts";
import { sharedReasons } from "./reasons.ts";

/** A route in an OpenAPI document. */
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

/** Describes a route: its parameters, its body, its responses and the problems it fails with. */
export function operationOf(route: RestRoute): Operation {
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
