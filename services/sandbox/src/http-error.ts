import type { FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "@till/telemetry";

/** An error with an HTTP status, which the client sees. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The body of every error, of declines too: programs branch on `code`, people read `message`. */
export type ErrorBody = {
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean };
};

/** Maps thrown errors to responses: client errors are shown, all others are logged and hidden. */
export function errorHandler(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const clientError = clientErrorOf(error);
    if (clientError) {
      void reply.code(clientError.status).send(bodyOf(clientError.code, clientError.message));
      return;
    }
    log.error({ err: error, method: request.method, path: request.routeOptions.url }, "http request failed");
    void reply.code(500).send(bodyOf("internal_error", "internal error", true));
  };
}

/** An HttpError, or a client error of fastify's: a malformed or too large body, a bad path. */
function clientErrorOf(error: unknown): Pick<HttpError, "status" | "code" | "message"> | undefined {
  if (error instanceof HttpError) return error;
  if (!(error instanceof Error && "statusCode" in error)) return undefined;
  const { statusCode: status, message } = error;
  if (typeof status !== "number" || status < 400 || status > 499) return undefined;
  return { status, code: fastifyCodes[status] ?? "invalid_request", message };
}

const fastifyCodes: Readonly<Record<number, string>> = {
  413: "request_too_large",
  415: "unsupported_media_type",
};

function bodyOf(code: string, message: string, retryable = false): ErrorBody {
  return { error: { code, message, retryable } };
}
