import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { connectErrorFrom, type FieldViolation } from "@till/rpc/errors";
import type { FastifyReply } from "fastify";
import { httpStatusOf } from "./problem-status.ts";

/** An error as HTTP clients receive it: problem details of RFC 9457. Programs branch on `reason`. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: string;
  readonly request_id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
};

export const problemType = "application/problem+json";

/** Names a field of a proto in the words of a dialect: `items[0].unit_price` is `items[0].price`. */
export type NameField = (field: string) => string;

/** Sends any error as a problem, with the headers that belong to it. */
export function sendProblem(reply: FastifyReply, error: unknown, nameField?: NameField): FastifyReply {
  const requestId = reply.request.id;
  const failure = connectErrorFrom(error, requestId);
  const problem = problemFrom(failure, requestId, nameField);
  const [retry] = failure.findDetails(RetryInfoSchema);
  if (retry?.retryDelay) void reply.header("retry-after", secondsOf(durationMs(retry.retryDelay)));
  if (problem.status === 401) void reply.header("www-authenticate", "Bearer");
  if (failure.metadata.has("idempotent-replay")) void reply.header("idempotent-replay", "true");
  return sendJson(reply.code(problem.status).type(problemType), problem);
}

/** Sends JSON, in which amounts may be raw numbers. As bytes: to a text fastify would add a charset. */
export function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.send(Buffer.from(JSON.stringify(body)));
}

/** Returns the problem of a failed call. */
export function problemFrom(
  failure: ConnectError,
  requestId: string,
  nameField: NameField = (field) => field,
): Problem {
  const info = failure.findDetails(ErrorInfoSchema).find(({ domain }) => domain === "till");
  const reason = info?.reason ?? "INTERNAL";
  const given = failure.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  const violations = given.map(({ field, description }) => ({ field: nameField(field), description }));
  const isOfFields = given.length > 0 && failure.rawMessage === textOf(given);
  return {
    type: `/docs#${reason}`,
    title: titleOf(reason),
    status: httpStatusOf(reason, failure.code),
    detail: isOfFields ? textOf(violations) : failure.rawMessage,
    reason,
    request_id: requestId,
    metadata: { ...info?.metadata },
    violations,
  };
}

/** PRICE_CHANGED as a title: "Price changed". */
function titleOf(reason: string): string {
  const words = reason.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function textOf(violations: readonly FieldViolation[]): string {
  return violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
}

/** Retry-After has whole seconds; 0 would be no pause at all. */
export function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
