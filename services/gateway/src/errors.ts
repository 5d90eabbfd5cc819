import { Code, errorTable } from "@till/rpc/errors";

/** Builds an error of the gateway itself; those of the services pass through it as they are. */
export const appError = errorTable({
  ROUTE_NOT_FOUND: Code.NotFound,
  METHOD_NOT_ALLOWED: Code.Unimplemented,
  UNSUPPORTED_MEDIA_TYPE: Code.InvalidArgument,
  REQUEST_TIMEOUT: Code.DeadlineExceeded,
  HEADERS_TOO_LARGE: Code.ResourceExhausted,
});
