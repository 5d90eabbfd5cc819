import type { Transport } from "@connectrpc/connect";
import type { CallQueue } from "@till/rpc/call-queue";
import { connectErrorFrom } from "@till/rpc/errors";
import { appError } from "../errors.ts";
import { defaultTimeoutMs, endedBy } from "./upstream-transport.ts";

type UnaryCall = Parameters<Transport["unary"]>;

/**
 * Makes the unary calls of a transport when it is their turn, and those whose client has gone by then not at all. Streams
 * do not wait: they last as long as their clients like.
 */
export function queuedTransport(transport: Transport, calls: CallQueue): Transport {
  return {
    stream: (...call) => transport.stream(...call),
    unary: (async (...[method, signal, timeoutMs = defaultTimeoutMs, header, ...rest]: UnaryCall) => {
      const deadline = Date.now() + timeoutMs;
      const call = {
        get peerAddress() {
          return new Headers(header as Record<string, string>).get("x-forwarded-for") ?? "";
        },
        get remainingMs() {
          return deadline - Date.now();
        },
        requireTime() {
          if (signal?.aborted)
            throw endedBy(signal) ?? appError("CANCELLED", "the caller has gone; nothing was done");
          if (call.remainingMs <= 0)
            throw appError("DEADLINE_EXCEEDED", "the deadline has passed; nothing was done");
        },
      };
      try {
        return await calls.run(call, () =>
          transport.unary(method, signal, Math.max(call.remainingMs, 1), header, ...rest),
        );
      } catch (error) {
        throw connectErrorFrom(error, "");
      }
    }) as Transport["unary"],
  };
}
