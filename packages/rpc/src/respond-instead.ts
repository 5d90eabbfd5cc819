import type { Http2Session, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** Streams that have just been created, each with its whole response. */
export type StreamResponses = Map<ServerHttp2Stream, OutgoingHttpHeaders>;

/**
 * Responds to some streams of a session in place of grpc-js, which does not receive them: a call costs most of what it
 * does before its handler can reject it. `onReset` receives those that their client has reset already.
 */
export function respondInstead(
  session: Http2Session,
  responses: StreamResponses,
  onReset: (stream: ServerHttp2Stream, session: Http2Session) => void,
): void {
  const forward = session.listeners("stream") as ((...args: unknown[]) => void)[];
  session.removeAllListeners("stream");
  session.on("stream", (stream: ServerHttp2Stream, ...rest: unknown[]) => {
    const response = responses.get(stream);
    if (!response) return forward.forEach((listener) => listener.call(session, stream, ...rest));
    responses.delete(stream);
    stream.on("error", ignored);
    if (stream.destroyed || stream.closed) onReset(stream, session);
    else stream.respond(response, { endStream: true });
  });
}

/** A client may reset a stream that has its response; that ends the stream, and concerns no one else. */
function ignored(): void {}
