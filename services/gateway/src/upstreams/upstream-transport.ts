import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { connectErrorFrom, reasonOf } from "@till/rpc/errors";
import {
  grpcTransport,
  measuredTransport,
  type GrpcTransport,
  type GrpcTransportOptions,
} from "@till/rpc/client";
import type { Metrics } from "@till/telemetry";
import { appError } from "../errors.ts";

export type UpstreamTransportOptions = Pick<GrpcTransportOptions, "address" | "credentials"> & {
  readonly name: "order" | "payment" | "webhook";
  readonly metrics: Metrics;
};

/** Deadline of a call whose caller names none. */
export const defaultTimeoutMs = 30_000;

/**
 * Calls one service. Its typed errors pass as they are; what failed on the way becomes an error of the gateway, because
 * the texts of grpc-js have inner addresses. Nothing is tried again: the caller knows whether it wants that.
 */
export function upstreamTransport({ name, metrics, ...options }: UpstreamTransportOptions): GrpcTransport {
  const toService = grpcTransport({ ...options, timeoutMs: defaultTimeoutMs, isOwn: true, retries: false });
  const transport = measuredTransport(toService, metrics);
  const failed = (error: unknown, signal: AbortSignal | undefined) =>
    endedBy(signal) ?? failureFrom(error, name);
  return {
    unary: (async (...call: Parameters<Transport["unary"]>) => {
      try {
        return await transport.unary(...call);
      } catch (error) {
        throw failed(error, call[1]);
      }
    }) as Transport["unary"],
    stream: (async (...call: Parameters<Transport["stream"]>) => {
      try {
        const response = await transport.stream(...call);
        return { ...response, message: mapErrors(response.message, (error) => failed(error, call[1])) };
      } catch (error) {
        throw failed(error, call[1]);
      }
    }) as Transport["stream"],
    close: () => transport.close(),
  };
}

async function* mapErrors<Message>(messages: AsyncIterable<Message>, map: (error: unknown) => unknown) {
  try {
    yield* messages;
  } catch (error) {
    throw map(error);
  }
}

/** Why the gateway itself has ended the call: it stops, or the call's deadline has passed. */
export function endedBy(signal: AbortSignal | undefined): ConnectError | undefined {
  if (!signal?.aborted || !(signal.reason instanceof ConnectError)) return undefined;
  if (reasonOf(signal.reason) !== undefined) return signal.reason;
  return signal.reason.code === Code.DeadlineExceeded
    ? connectErrorFrom(deadlineExceeded(signal.reason), "")
    : undefined;
}

/** A typed error without the upstream's own headers, or an error of ours where the call failed on its way. */
function failureFrom(error: unknown, upstream: string): ConnectError {
  const failure = ConnectError.from(error);
  if (reasonOf(failure) === undefined) return connectErrorFrom(transportError(failure, upstream), "");
  const replay = failure.metadata.get("idempotent-replay");
  const passed = new ConnectError(
    failure.rawMessage,
    failure.code,
    replay === null ? {} : { "idempotent-replay": replay },
    undefined,
    failure,
  );
  passed.details = failure.details;
  return passed;
}

function transportError(cause: ConnectError, upstream: string) {
  if (cause.code === Code.DeadlineExceeded) return deadlineExceeded(cause);
  if (cause.code === Code.Canceled) return appError("CANCELLED", "the caller has gone", { cause });
  const message = `the ${upstream} service cannot be reached, try again`;
  return appError("UPSTREAM_UNAVAILABLE", message, { upstream, cause });
}

function deadlineExceeded(cause: ConnectError) {
  return appError("DEADLINE_EXCEEDED", "the deadline passed before the response was ready", { cause });
}
