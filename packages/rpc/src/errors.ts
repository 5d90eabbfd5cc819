export {
  AppError,
  refusal,
  refuse,
  refuseField,
  sharedCodes,
  upstreamUnavailable,
  type ErrorFacts,
  type FieldViolation,
} from "./app-error.ts";
export { reasonOf } from "./status.ts";
