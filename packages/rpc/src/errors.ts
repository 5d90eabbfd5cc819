export { Code } from "@connectrpc/connect";
export {
  AppError,
  appError,
  errorTable,
  type BuildError,
  type ErrorFacts,
  type FieldViolation,
} from "./app-error.ts";
export { connectErrorFrom, reasonOf } from "./status.ts";
