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
export { amountFromProto } from "./amount-from-proto.ts";
export type { Call } from "./call.ts";
export type { Caller, Role } from "./caller.ts";
export { grpcTransport, type GrpcTransport, type GrpcTransportOptions } from "./grpc-transport.ts";
export { idempotencyKeyOf, requireIdempotencyKey } from "./idempotency-key.ts";
export { allow, implement, type Implementation, type StreamHandler, type UnaryHandler } from "./implement.ts";
export type { OnRefused } from "./observe.ts";
export { idFromPageToken, pageTokenFor } from "./page-token.ts";
export { runUntilSignal } from "./run-until-signal.ts";
export { serve, type RunningServer, type ServeOptions } from "./serve.ts";
export { reasonOf, refuseForUpstream } from "./status.ts";
export { timeFromProto } from "./time-from-proto.ts";
export { tokenFrom, type TokenSource } from "./token-source.ts";
export { traceparentFor } from "./trace-context.ts";
export { validate } from "./validate.ts";
export { verifyTokens, type TokenRules, type VerifyToken } from "./verify-token.ts";
