export { amountFromProto } from "./amount-from-proto.ts";
export { bearerToken } from "./bearer-token.ts";
export type { Call } from "./call.ts";
export type { Caller, Role } from "./caller.ts";
export { requestKey, requestKeyOf, requireRequestKey } from "./make-request-key.ts";
export { idempotencyKeyOf, requireIdempotencyKey } from "./idempotency-key.ts";
export {
  allow,
  allowCommand,
  implement,
  type Implementation,
  type StreamHandler,
  type UnaryHandler,
} from "./implement.ts";
export type { OnRefused } from "./observe.ts";
export { pageOf } from "./page.ts";
export { idFromPageToken, offsetFromPageToken, pageTokenFor } from "./page-token.ts";
export { namePortVariables } from "./name-port-variables.ts";
export { requestIdFrom } from "./request-id.ts";
export { runUntilSignal } from "./run-until-signal.ts";
export { serve, type RunningServer, type ServeOptions } from "./serve.ts";
export { openTls, type Tls } from "./tls.ts";
export { timeFromProto } from "./time-from-proto.ts";
export { traceparentFor } from "./trace-context.ts";
export { watchCertificates } from "./watch-certificates.ts";
export { verifyTokens, type VerifyToken } from "./verify-token.ts";
