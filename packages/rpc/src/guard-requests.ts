import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { constants, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressResets } from "./address-resets.ts";
import type { OnLimit } from "./count-limits.ts";
import type { RejectionOf } from "./reject-before-reading.ts";
import { streamBytes, type Limits } from "./limits.ts";
import { pingOnlyWhileOpen } from "./ping-open-sessions.ts";
import { respondInstead, type StreamResponses } from "./respond-instead.ts";

type Options = {
  readonly port: number;
  readonly limits: Pick<Limits, "unfinishedBytes" | "requestMs" | "unreadMs">;
  readonly resets: AddressResets;
  /** Whether the requests of a path have no end of their own: those of a stream in both directions. */
  readonly isEndless: (path: string) => boolean;
  /** The response to a call that is rejected before it is read. */
  readonly rejectionOf: RejectionOf;
  readonly onLimit: OnLimit;
};

type Open = {
  readonly stream: ServerHttp2Stream;
  readonly isEndless: boolean;
  readonly startedAt: number;
  received: number;
  /** Bytes of the response that wait for the client, and since when they are as many. */
  waitingBytes: number;
  waitingSince: number;
};

/** Node's own announcement of each stream: grpc-js shows a call only when its request is whole. */
const created = "http2.server.stream.created";

/**
 * Ends requests that do not come to their end, by time and by what they hold in all, and responses that are not read:
 * clients receive RESOURCE_EXHAUSTED. Closes connections whose clients reset too much. Returns what ends the watch.
 */
export function guardRequests({
  port,
  limits,
  resets,
  isEndless,
  rejectionOf,
  onLimit,
}: Options): () => void {
  const open = new Set<Open>();
  const ours = new WeakMap<Http2Session, boolean>();
  const responses: StreamResponses = new Map();
  /** At least what unfinished requests hold: counted, and everything received since. */
  let held = 0;

  function onCreated(message: unknown): void {
    const { stream, headers } = message as { stream: ServerHttp2Stream; headers: IncomingHttpHeaders };
    const { session } = stream;
    if (!session || !isOurs(session)) return;
    const rejection = rejectionOf(headers, session);
    if (rejection) {
      responses.set(stream, rejection);
      return;
    }
    const startedAt = performance.now();
    const path = String(headers[":path"]);
    const one: Open = {
      stream,
      isEndless: isEndless(path),
      startedAt,
      received: streamBytes,
      waitingBytes: 0,
      waitingSince: startedAt,
    };
    open.add(one);
    hold(streamBytes);
    stream.once("close", () => {
      if (open.delete(one)) onClosed(stream, session);
    });
    // In the turn in which grpc-js receives the stream, and pauses it: to listen any earlier would let data flow past it.
    process.nextTick(() =>
      stream.on("data", (bytes: Buffer) => {
        one.received += bytes.length;
        hold(bytes.length);
      }),
    );
  }

  /** Not for streams that the server has reset, or that end with their connection. */
  function onClosed({ rstCode, aborted, writableEnded }: ServerHttp2Stream, session: Http2Session): void {
    const isReset = rstCode !== constants.NGHTTP2_NO_ERROR || (aborted && !writableEnded);
    if (!isReset || session.destroyed) return;
    void resets.count(session.socket.remoteAddress ?? "unknown").then((areTooMany) => {
      if (areTooMany) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
  }

  function isOurs(session: Http2Session): boolean {
    let is = ours.get(session);
    if (is === undefined) {
      ours.set(session, (is = session.socket.localPort === port));
      if (is) {
        pingOnlyWhileOpen(session);
        respondInstead(session, responses, onClosed);
      }
    }
    return is;
  }

  function hold(bytes: number): void {
    held += bytes;
    if (held > limits.unfinishedBytes) endLargest();
  }

  function endLargest(): void {
    const unfinished = [...open].filter((one) => !isWhole(one));
    held = unfinished.reduce((sum, { received }) => sum + received, 0);
    if (held <= limits.unfinishedBytes) return;
    // Well below the limit, so that the next ones need not be counted again at once.
    for (const one of unfinished.toSorted((left, right) => right.received - left.received)) {
      if (held <= limits.unfinishedBytes / 2) return;
      held -= one.received;
      end(one, "unfinished_bytes");
    }
  }

  function end(one: Open, limit: Parameters<OnLimit>[0]): void {
    open.delete(one);
    onLimit(limit);
    one.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  function isUnread(one: Open, now: number): boolean {
    const waitingBytes = one.stream.writableLength;
    if (waitingBytes !== one.waitingBytes) Object.assign(one, { waitingBytes, waitingSince: now });
    return waitingBytes > 0 && now - one.waitingSince > limits.unreadMs;
  }

  const timer = setInterval(
    () => {
      const now = performance.now();
      for (const one of open) {
        if (!one.isEndless && !isWhole(one) && now - one.startedAt > limits.requestMs)
          end(one, "request_time");
        else if (isUnread(one, now)) end(one, "unread");
      }
    },
    Math.min(1_000, limits.requestMs, limits.unreadMs),
  );
  timer.unref();
  subscribe(created, onCreated);
  return () => {
    unsubscribe(created, onCreated);
    clearInterval(timer);
  };
}

const isWhole = ({ stream }: Open) => stream.readableEnded || stream.endAfterHeaders;
