import { connect, type Socket } from "node:net";
import type { LoadConnection } from "./connection.ts";
import type { LoadEvents } from "./generate.ts";

type HttpConnectionsOptions = Pick<LoadEvents, "onResponse"> & {
  readonly port: number;
  /** The client's address, of the 127.0.0.0/8 that Linux has. */
  readonly localAddress: string;
  /** Connections at a time, as browsers and proxies have a most of them. */
  readonly most: number;
  /** A whole request of HTTP/1.1, the same for each call. */
  readonly request: Buffer;
  /** Counts the calls by the status of their response, or by why they have none. */
  readonly outcomes: Map<string, number>;
};

/** Calls of one client that may wait for a connection; further ones are not sent. */
const mostWaiting = 2_000;

/** One call on a connection, and what has come of its response. */
type Exchange = { readonly sentAt: number; status: string; missingBytes: number; isLast: boolean };

/** All that is read is parsed before anything else is read: one buffer is enough. */
const received = Buffer.allocUnsafe(64 * 1024);

/**
 * A client of HTTP/1.1 with one call at a time on each connection. It opens a connection where none is free, as clients do,
 * up to a most of them; a call's time begins when it is due.
 */
export function httpConnections({
  port,
  localAddress,
  most,
  request,
  outcomes,
  onResponse,
}: HttpConnectionsOptions): LoadConnection {
  const open = new Set<Socket>();
  const free: ((sentAt: number) => void)[] = [];
  const waiting: number[] = [];
  let isClosed = false;

  function call(sentAt: number): void {
    const send = free.pop();
    if (send) send(sentAt);
    else if (open.size < most) openFor(sentAt);
    else if (waiting.length < mostWaiting) waiting.push(sentAt);
    else end("not sent", sentAt);
  }

  function openFor(first: number): void {
    let exchange: Exchange | undefined;
    const socket = connect({
      ...{ port, host: "127.0.0.1", localAddress, noDelay: true },
      onread: {
        buffer: received,
        callback(bytes) {
          if (exchange) read(exchange, bytes);
          return true;
        },
      },
    });
    open.add(socket);

    function send(sentAt: number): void {
      exchange = { sentAt, status: "", missingBytes: 0, isLast: false };
      socket.write(request);
    }

    function read(one: Exchange, bytes: number): void {
      if (one.status === "") begin(one, bytes);
      else one.missingBytes -= bytes;
      if (one.missingBytes > 0) return;
      exchange = undefined;
      if (one.isLast) socket.destroy();
      end(one.status, one.sentAt);
      if (one.isLast) return;
      if (waiting.length > 0) send(waiting.shift()!);
      else free.push(send);
    }

    let failure = "closed";
    socket.on("error", ({ code }: NodeJS.ErrnoException) => (failure = code ?? failure));
    socket.once("close", () => {
      open.delete(socket);
      const at = free.indexOf(send);
      if (at >= 0) free.splice(at, 1);
      if (exchange && !isClosed) end(failure, exchange.sentAt);
      if (waiting.length > 0 && !isClosed) openFor(waiting.shift()!);
    });
    send(first);
  }

  function end(outcome: string, sentAt: number): void {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    onResponse(outcome === "200", sentAt, connection);
  }

  const connection: LoadConnection = {
    send(calls) {
      const now = performance.now();
      for (let count = 0; count < calls; count += 1) call(now);
    },
    close() {
      isClosed = true;
      open.forEach((socket) => socket.destroy());
    },
  };
  return connection;
}

/** Reads the first bytes of a response; its head is in them. */
function begin(one: Exchange, bytes: number): void {
  const text = received.toString("latin1", 0, bytes);
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(text) ?? [];
  if (bodyAt < 4 || length === undefined) throw new Error(`a response without its length: ${text}`);
  one.status = text.slice(9, 12);
  one.isLast = /\r\nconnection: close/i.test(text.slice(0, bodyAt));
  one.missingBytes = Number(length) - (bytes - bodyAt);
}
