import { create, fromBinary, toBinary, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { Metadata, status, type StatusObject } from "@grpc/grpc-js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@till/gen/google/rpc/error_details_pb";
import { StatusSchema } from "@till/gen/google/rpc/status_pb";
import { AppError, appError, type ErrorFacts } from "./app-error.ts";
import { copyHeaders } from "./copy-headers.ts";
import { fittingTrailers } from "./fitting-trailers.ts";

const detailsKey = "grpc-status-details-bin";

/**
 * Returns the gRPC status of any error: an AppError with its facts, every other error as INTERNAL without inner detail.
 * Message and details together stay below what clients accept as trailers; facts that are left out are counted.
 */
export function statusFromError(error: unknown, requestId: string): StatusObject {
  if (!(error instanceof AppError)) {
    const message = `internal error, request ${requestId}`;
    return statusWith(Code.Internal, message, [
      pack(ErrorInfoSchema, { reason: "INTERNAL", domain: "till", metadata: { request_id: requestId } }),
      pack(RequestInfoSchema, { requestId }),
    ]);
  }
  const { reason, code } = error;
  const { message, metadata, violations, retryAfterMs } = fittingTrailers(error);
  const details = [pack(ErrorInfoSchema, { reason, domain: "till", metadata })];
  if (violations) {
    details.push(pack(BadRequestSchema, { fieldViolations: violations.map((v) => ({ ...v })) }));
  }
  if (code === Code.FailedPrecondition) {
    const violation = { type: reason, subject: "till", description: message };
    details.push(pack(PreconditionFailureSchema, { violations: [violation] }));
  }
  if (retryAfterMs !== undefined) {
    details.push(pack(RetryInfoSchema, { retryDelay: durationFromMs(retryAfterMs) }));
  }
  return statusWith(code, message, details);
}

/** Reads a failed call's status and details, so that `errorInfo` and `findDetails` work on it. */
export function connectErrorFromStatus(
  { code, details, metadata }: StatusObject,
  cause?: Error,
): ConnectError {
  const headers = metadata && copyHeaders(metadata, new Headers());
  const result = new ConnectError(details || cause?.message || "", codeOf(code), headers, undefined, cause);
  const raw = metadata?.get(detailsKey)[0];
  if (raw instanceof Buffer) {
    for (const any of detailsOf(raw)) {
      result.details.push({ type: any.typeUrl.replace(/^.*\//, ""), value: any.value });
    }
  }
  return result;
}

/** Returns any error as servers of Connect report it: the status of `statusFromError`; a failed call's as it is. */
export function connectErrorFrom(error: unknown, requestId: string): ConnectError {
  if (error instanceof ConnectError) return error;
  const status = statusFromError(error, requestId);
  return connectErrorFromStatus(status, new Error(status.details, { cause: error }));
}

/** The details in a trailer that another server wrote; none where the bytes are not a google.rpc.Status. */
function detailsOf(raw: Buffer) {
  try {
    return fromBinary(StatusSchema, raw).details;
  } catch {
    return [];
  }
}

/** The typed reason of a failed call, or undefined where the answer did not come from a till service. */
export function reasonOf(error: unknown): string | undefined {
  return error instanceof AppError ? error.reason : errorInfo(error)?.reason;
}

/**
 * Turns an upstream's failure into ours. A typed failure of another till service goes on to our caller with its facts
 * and when to try again, but without the fields it names: they are of our request, which our caller has not seen.
 * Anything else is UPSTREAM_UNAVAILABLE, to be tried again.
 */
export function upstreamError(error: unknown, upstream: string): AppError {
  const info = errorInfo(error);
  if (!info || !(error instanceof ConnectError) || notForOurCaller.has(error.code)) {
    return appError("UPSTREAM_UNAVAILABLE", `${upstream} cannot be reached, try again`, {
      upstream,
      cause: error,
    });
  }
  const { reason, metadata } = info;
  return new AppError(reason, error.code, error.rawMessage, { metadata, ...retryOf(error), cause: error });
}

/**
 * The upstream has a defect, does not take this service for who it is, or was not given the time: nothing our caller
 * did wrong. Where the caller's own time is up, the context says so.
 */
const notForOurCaller: ReadonlySet<Code> = new Set([
  Code.Internal,
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.DeadlineExceeded,
  Code.Canceled,
]);

function retryOf(error: ConnectError): Pick<ErrorFacts, "retryAfterMs"> {
  const retryDelay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return retryDelay ? { retryAfterMs: durationMs(retryDelay) } : {};
}

function errorInfo(error: unknown) {
  if (!(error instanceof ConnectError)) return undefined;
  return error.findDetails(ErrorInfoSchema).find((info) => info.domain === "till" && isReason(info.reason));
}

/** The form that google.rpc.ErrorInfo gives a reason. */
function isReason(text: string): boolean {
  return /^[A-Z][A-Z0-9_]{1,62}$/.test(text);
}

function pack<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>) {
  return anyPack(schema, create(schema, init));
}

function statusWith(code: Code, message: string, details: ReturnType<typeof pack>[]): StatusObject {
  const metadata = new Metadata();
  const wire = toBinary(StatusSchema, create(StatusSchema, { code, message, details }));
  metadata.set(detailsKey, Buffer.from(wire.buffer, wire.byteOffset, wire.byteLength));
  return { code: code as number, details: message, metadata };
}

function codeOf(code: status): Code {
  return code === status.OK ? Code.Unknown : (code as number);
}
