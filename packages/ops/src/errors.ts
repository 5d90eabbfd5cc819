import { Code, errorTable } from "@till/rpc/errors";

/** Builds an error of the OpsService. */
export const appError = errorTable({ DEAD_LETTER_NOT_FOUND: Code.NotFound });
