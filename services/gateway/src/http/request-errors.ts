import { AppError } from "@till/rpc/errors";
import { ConnectError } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest } from "fastify";
import { appError } from "../errors.ts";
import type { GatewayTelemetry } from "../telemetry.ts";
import { sendProblem } from "./problem.ts";

/** Sends what a handler throws, or fastify rejects, as a problem. The unforeseen is logged and hidden. */
export function errorHandler(telemetry: Pick<GatewayTelemetry, "requestFailed">) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const known = isKnown(error) ? error : errorOfFramework(error);
    if (!known) telemetry.requestFailed(error, request.id);
    sendProblem(reply, known ?? error);
  };
}

function isKnown(error: unknown): boolean {
  return error instanceof AppError || error instanceof ConnectError;
}

/** Fastify's own rejections: a body that is too large, of another type or not complete, a malformed path. */
function errorOfFramework(error: unknown): AppError | undefined {
  if (!(error instanceof Error && "statusCode" in error)) return undefined;
  const { statusCode, message: cause } = error;
  switch (statusCode) {
    case 413:
      return appError("REQUEST_TOO_LARGE", "a request may have 1 MiB", { cause });
    case 415:
      return appError("UNSUPPORTED_MEDIA_TYPE", "send the body as application/json", { cause });
    case 404:
      return appError("ROUTE_NOT_FOUND", "there is no such path; GET /docs lists them", { cause });
    default:
      return typeof statusCode === "number" && statusCode >= 400 && statusCode < 500
        ? appError("INVALID_ARGUMENT", "the request is malformed", { cause })
        : undefined;
  }
}
