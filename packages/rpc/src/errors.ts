export { Code } from "@connectrpc/connect";
export { AppError, appError, errorTable, type FieldViolation } from "./app-error.ts";
export { connectErrorFrom, reasonOf } from "./status.ts";
