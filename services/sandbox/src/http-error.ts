import type { FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "@till/telemetry";

/** A refusal that the caller of an HTTP door is meant to see. */
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

/** The body of every failure, of the provider's declines too: branch on `code`, read `message`. */
export type ErrorBody = {
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean };
};

/** Translates whatever a door throws, once: what is not the caller's fault is logged and told to nobody. */
export function answerErrors(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = refusalOf(error);
    if (refusal) {
      void reply.code(refusal.status).send(bodyOf(refusal.code, refusal.message));
      return;
    }
    log.error({ err: error, method: request.method, path: request.routeOptions.url }, "http request failed");
    void reply.code(500).send(bodyOf("internal_error", "something went wrong here", true));
  };
}

/** A refusal of ours, or one of fastify's: an unreadable body, a too large one, a bad address. */
function refusalOf(error: unknown): Pick<HttpError, "status" | "code" | "message"> | undefined {
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
