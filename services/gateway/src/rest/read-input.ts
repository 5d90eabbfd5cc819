import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import { appError } from "../errors.ts";
import type { RestRoute } from "./rest-route.ts";

/** Reads a request by its route's schemas. Throws INVALID_ARGUMENT with every field that is wrong. */
export function readInput({ query, body }: RestRoute, request: FastifyRequest) {
  const read = { query: query?.safeParse(request.query), body: body?.safeParse(request.body) };
  const issues = [...(read.query?.error?.issues ?? []), ...(read.body?.error?.issues ?? [])];
  if (issues.length === 0)
    return {
      params: request.params as never,
      query: read.query?.data as never,
      body: read.body?.data as never,
    };
  const violations = issues.map((issue) => ({ field: fieldOf(issue), description: issue.message }));
  const text = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  throw appError("INVALID_ARGUMENT", text, { violations });
}

/** items[0].price for ["items", 0, "price"]; "body" for the body as a whole. */
function fieldOf({ path }: z.core.$ZodIssue): string {
  const field = path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}${text && "."}${String(part)}`),
    "",
  );
  return field || "body";
}
