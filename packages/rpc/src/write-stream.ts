import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { ServerDuplexStream, ServerWritableStream } from "@grpc/grpc-js";
import { once } from "node:events";
import type { Call } from "./call.ts";
import { encode } from "./codec.ts";
import type { ServerContext } from "./server-context.ts";
import type { CallObserver } from "./observe.ts";
import { appError } from "./app-error.ts";
import { failedStatus } from "./failed-status.ts";
import { deadlineExceeded } from "./deadline-exceeded.ts";

/**
 * Writes what a handler yields, as fast as the caller takes it: until the handler returns or fails, the caller hangs
 * up, the stream's time is over or the server stops.
 */
export async function writeStream(
  wire: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  output: DescMessage,
  call: Call,
  {
    observe,
    mapError,
    streams,
  }: { readonly observe: CallObserver } & Pick<ServerContext, "mapError" | "streams">,
  open: () => Promise<AsyncIterable<MessageInitShape<DescMessage>>>,
): Promise<void> {
  const { signal } = call;
  let isOver = false;
  const finish = (failure: unknown) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    clearTimeout(expiry);
    streams.remove(finish);
    call.abort(); // its handler may be waiting for something
    observe(call, failure);
    if (failure === undefined) wire.end(call.trailer);
    else wire.emit("error", failedStatus(failure, call));
  };
  const timer = setTimeout(
    () => finish(deadlineExceeded(call, "the stream's time is over")),
    Math.max(call.remainingMs, 0),
  );
  let expiry: NodeJS.Timeout | undefined;
  streams.add(finish);
  if (signal.aborted) return;
  try {
    const messages = await open();
    expiry = onTokenExpiry(call, finish);
    for await (const message of messages) {
      if (signal.aborted) break;
      if (!wire.write(encode(output, message))) await once(wire, "drain", { signal });
    }
    finish(undefined);
  } catch (error) {
    finish(signal.aborted ? undefined : mapError(error));
  }
}

/** Ends a stream when the token that opened it expires. */
function onTokenExpiry(
  { knownCaller }: Call,
  finish: (failure: unknown) => void,
): NodeJS.Timeout | undefined {
  const expiresAtMs = knownCaller?.tokenExpiresAtMs;
  if (expiresAtMs === undefined) return undefined;
  const leftMs = Math.min(Math.max(expiresAtMs - Date.now(), 0), longestTimerMs);
  return setTimeout(() => finish(appError("UNAUTHENTICATED", "the token has expired")), leftMs);
}

const longestTimerMs = 2 ** 31 - 1;
