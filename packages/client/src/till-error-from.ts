import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import type { TillCode } from "./reasons.ts";
import { TillError } from "./till-error.ts";

/** Reads a failed call: the reason and facts that Till sent, or the code of what failed on the way. */
export function tillErrorFrom(error: unknown, requestId: string): TillError {
  const failure = ConnectError.from(error);
  const code = codeNames[failure.code];
  const [info] = failure.findDetails(ErrorInfoSchema).filter(({ domain }) => domain === "till");
  const [retry] = failure.findDetails(RetryInfoSchema);
  return new TillError(info ? failure.rawMessage : withoutRepeats(failure.rawMessage), {
    reason: info?.reason ?? code,
    code,
    metadata: { ...info?.metadata },
    violations: failure
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) =>
        fieldViolations.map(({ field, description }) => ({ field, description })),
      ),
    retryAfterMs: retry?.retryDelay && durationMs(retry.retryDelay),
    requestId,
    cause: error,
  });
}

/** What gRPC says of a connection that failed, without the names of its parts around it. */
function withoutRepeats(message: string): string {
  const [, last] = /.*Last error: (?:Error: )?(.+?)(?:\. Resolution note:.*)?$/s.exec(message) ?? [];
  return last === undefined ? message : `there is no connection: ${last}`;
}

const codeNames: Readonly<Record<Code, TillCode>> = {
  [Code.Canceled]: "CANCELLED",
  [Code.Unknown]: "UNKNOWN",
  [Code.InvalidArgument]: "INVALID_ARGUMENT",
  [Code.DeadlineExceeded]: "DEADLINE_EXCEEDED",
  [Code.NotFound]: "NOT_FOUND",
  [Code.AlreadyExists]: "ALREADY_EXISTS",
  [Code.PermissionDenied]: "PERMISSION_DENIED",
  [Code.ResourceExhausted]: "RESOURCE_EXHAUSTED",
  [Code.FailedPrecondition]: "FAILED_PRECONDITION",
  [Code.Aborted]: "ABORTED",
  [Code.OutOfRange]: "OUT_OF_RANGE",
  [Code.Unimplemented]: "UNIMPLEMENTED",
  [Code.Internal]: "INTERNAL",
  [Code.Unavailable]: "UNAVAILABLE",
  [Code.DataLoss]: "DATA_LOSS",
  [Code.Unauthenticated]: "UNAUTHENTICATED",
};
