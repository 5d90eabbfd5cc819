import { Code } from "@connectrpc/connect";
import { errorTable } from "@till/rpc/errors";

/** Builds an error of the upstream services that the sandbox stands in for, or one that every service shares. */
export const appError = errorTable({
  USER_NOT_FOUND: Code.NotFound,
  COURSE_NOT_FOUND: Code.NotFound,
  SESSION_NOT_FOUND: Code.NotFound,
  PRODUCT_NOT_FOUND: Code.FailedPrecondition,
  OUT_OF_STOCK: Code.FailedPrecondition,
  RESERVATION_NOT_FOUND: Code.NotFound,
  RESERVATION_DIFFERS: Code.FailedPrecondition,
  RESERVATION_RELEASED: Code.FailedPrecondition,
  RELEASE_EXCEEDS_RESERVATION: Code.FailedPrecondition,
});
