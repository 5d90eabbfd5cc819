import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import type { FuzzCall } from "./fuzz-call.ts";

/** How a call ended, as it was on the wire. */
export type Reply = {
  /** grpc-status; undefined where the stream ended without one. */
  readonly status: number | undefined;
  readonly message: string;
  /** The size of the trailers as HTTP/2 counts it, which clients limit to 8 KB. */
  readonly trailerBytes: number;
  /** 0 where there is none. */
  readonly httpStatus: number;
  /** The response's messages. */
  readonly messages: readonly Buffer[];
  /** Why there is no status: the stream was reset by the server, or by us because we had enough, or it never ended. */
  readonly without: "reset" | "cancelled" | "time-out" | undefined;
  readonly ms: number;
};

/** A connection to a server that sends any bytes as a call. */
export type Connection = {
  send(call: FuzzCall): Promise<Reply>;
  /** How often the server has closed it. */
  readonly closed: () => number;
  close(): void;
};

type Limits = {
  /** Of a call whose response is one message; no RPC takes longer. */
  readonly timeoutMs: number;
  /** A stream is cancelled after this time. */
  readonly streamMs: number;
};

/** Opens connections to a server as they are needed, one at a time. */
export function openConnection(
  address: string,
  { timeoutMs, streamMs }: Limits = { timeoutMs: 40_000, streamMs: 700 },
): Connection {
  let session: ClientHttp2Session | undefined;
  let closed = 0;

  function current(): ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) return session;
    const opened = connect(`http://${address}`);
    opened.on("goaway", () => (closed += 1));
    // The calls on it report the failure.
    opened.on("error", () => undefined);
    return (session = opened);
  }

  function send({ method, headers, body }: FuzzCall): Promise<Reply> {
    const startedAt = performance.now();
    const isStream = method.methodKind !== "unary";
    const stream = current().request(headers);
    const received: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let trailers: IncomingHttpHeaders = {};
    let without: Reply["without"] = "reset";
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          without = isStream ? "cancelled" : "time-out";
          stream.close(constants.NGHTTP2_CANCEL);
        },
        isStream ? streamMs : timeoutMs,
      );
      stream.on("response", (given: IncomingHttpHeaders) => {
        Object.assign(received, given);
        // A call that fails at once has its status in the only headers.
        if ("grpc-status" in given) trailers = given;
      });
      stream.on("trailers", (given: IncomingHttpHeaders) => (trailers = given));
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", () => undefined);
      stream.on("close", () => {
        clearTimeout(timer);
        const status = trailers["grpc-status"];
        resolve({
          status: status === undefined ? undefined : Number(status),
          message: String(trailers["grpc-message"] ?? ""),
          trailerBytes: sizeOf(trailers),
          httpStatus: Number(received[":status"] ?? 0),
          messages: messagesIn(Buffer.concat(chunks)),
          without: status === undefined ? without : undefined,
          ms: performance.now() - startedAt,
        });
      });
      stream.end(body);
    });
  }

  return { send, closed: () => closed, close: () => session?.destroy() };
}

/** As HTTP/2 counts header lists: 32 bytes besides each name and value. */
function sizeOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + String(value).length + 32,
    0,
  );
}

function messagesIn(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    messages.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return messages;
}
