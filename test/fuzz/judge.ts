import { fromBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import type { FuzzCall } from "./fuzz-call.ts";
import type { Reply } from "./send-call.ts";

/** Most clients accept trailers up to this size. */
const largestTrailers = 8 * 1024;

/** A malformed grpc-timeout: grpc-js itself rejects the call, as other gRPC servers do, before a handler has it. */
const isNoTimeout = /^Invalid%20grpc-timeout/;

/** What is wrong with a reply, in words; undefined where nothing is. */
export function faultOf({ method }: FuzzCall, reply: Reply): string | undefined {
  const { trailerBytes, httpStatus, messages, without } = reply;
  if (reply.status === status.INTERNAL && !isNoTimeout.test(reply.message))
    return `INTERNAL: ${reply.message}`;
  if (reply.status === status.UNKNOWN) return `UNKNOWN: ${reply.message}`;
  if (trailerBytes > largestTrailers) return `${trailerBytes} bytes of trailers`;
  // A request that is not gRPC gets an HTTP status.
  const isHttp = httpStatus >= 400;
  if (reply.status === undefined && without !== "cancelled" && !isHttp)
    return without === "time-out" ? "no status in time" : "the stream ended without a status";
  for (const bytes of messages) {
    try {
      fromBinary(method.output, bytes);
    } catch {
      return `a response that is no ${method.output.typeName}`;
    }
  }
  return undefined;
}
