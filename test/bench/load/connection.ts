import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  flag,
  frameHeaderBytes,
  frameType,
  greeting,
  pingAck,
  receiveWindow,
  settingsAck,
  windowUpdate,
  writeFrameHeader,
} from "./frames.ts";

export type CallTemplate = {
  /** The HPACK block of a connection's first call and of every later one. */
  readonly headers: { readonly first: Buffer; readonly later: Buffer };
  /** A gRPC message with its 5-byte prefix; they are all of one length. */
  readonly bodyBytes: number;
  /** Writes the next call's body. */
  readonly writeBody: (into: Buffer, at: number) => void;
};

export type ConnectionOptions = {
  readonly host: string;
  readonly port: number;
  readonly call: CallTemplate;
  /** Called for each answer: whether it was a message (an error has none), and when its call was sent. */
  readonly onResponse: (isOk: boolean, sentAt: number, connection: LoadConnection) => void;
  readonly onFailure: (error: Error) => void;
};

/** One HTTP/2 connection, over which calls go out and are answered. */
export type LoadConnection = {
  /** Sends `calls` more calls, in one write with what else is being answered at the moment. */
  send(calls: number): void;
  close(): void;
};

/** A power of two above the most calls a connection has in flight: the slots of their times. */
const slots = 4096;
const lastStreamId = 2 ** 31 - 1;
const nothing: Buffer = Buffer.alloc(0);

/** Opens a connection. Resolves once it may be used. */
export async function openConnection(options: ConnectionOptions): Promise<LoadConnection> {
  let onChunk: (chunk: Buffer) => void = () => {};
  const socket = connect({
    host: options.host,
    port: options.port,
    noDelay: true,
    // One buffer for all that is read: a new one for each chunk would cost more than the rest of the work.
    onread: {
      buffer: Buffer.allocUnsafe(256 * 1024),
      callback(bytes, buffer) {
        onChunk((buffer as Buffer).subarray(0, bytes));
        return true;
      },
    },
  });
  await once(socket, "connect");
  return speak(socket, options, (listener) => (onChunk = listener));
}

function speak(
  socket: Socket,
  { call, onResponse, onFailure }: ConnectionOptions,
  onData: (listener: (chunk: Buffer) => void) => void,
): LoadConnection {
  const outgoing = Buffer.allocUnsafe(256 * 1024);
  const sentAt = new Float64Array(slots);
  const hasMessage = new Uint8Array(slots);
  const dataBytes = frameHeaderBytes + call.bodyBytes;
  const laterBytes = frameHeaderBytes + call.headers.later.length + dataBytes;
  let nextStream = 1;
  let waiting = 0;
  let mayStillSend = 65_535;
  let received = 0;
  let isClosed = false;
  let isReading = false;
  let rest = nothing;

  function flush(): void {
    const calls = Math.min(waiting, Math.floor(mayStillSend / call.bodyBytes));
    if (calls === 0) return;
    waiting -= calls;
    mayStillSend -= calls * call.bodyBytes;
    const extra = nextStream === 1 ? call.headers.first.length - call.headers.later.length : 0;
    const bytes = calls * laterBytes + extra;
    const isFree = socket.writableLength === 0 && bytes <= outgoing.length;
    const out = isFree ? outgoing.subarray(0, bytes) : Buffer.allocUnsafe(bytes);
    const now = performance.now();
    let at = 0;
    for (let index = 0; index < calls; index++) {
      const block = nextStream === 1 ? call.headers.first : call.headers.later;
      at = writeFrameHeader(out, at, block.length, frameType.headers, flag.endHeaders, nextStream);
      at += block.copy(out, at);
      at = writeFrameHeader(out, at, call.bodyBytes, frameType.data, flag.endStream, nextStream);
      call.writeBody(out, at);
      at += call.bodyBytes;
      const slot = (nextStream >> 1) & (slots - 1);
      sentAt[slot] = now;
      hasMessage[slot] = 0;
      nextStream += 2;
    }
    if (nextStream > lastStreamId - 2 * slots)
      onFailure(new Error("a connection has used up its stream ids"));
    socket.write(out);
  }

  function onChunk(chunk: Buffer): void {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    isReading = true;
    let at = 0;
    while (bytes.length - at >= frameHeaderBytes) {
      const length = bytes.readUIntBE(at, 3);
      const end = at + frameHeaderBytes + length;
      if (end > bytes.length) break;
      onFrame(bytes, at, length);
      at = end;
    }
    rest = at === bytes.length ? nothing : Buffer.from(bytes.subarray(at));
    isReading = false;
    if (received > receiveWindow / 2) {
      socket.write(windowUpdate(received));
      received = 0;
    }
    flush();
  }

  function onFrame(bytes: Buffer, at: number, length: number): void {
    const type = bytes[at + 3]!;
    const flags = bytes[at + 4]!;
    const stream = bytes.readUInt32BE(at + 5) & lastStreamId;
    const payload = at + frameHeaderBytes;
    const slot = (stream >> 1) & (slots - 1);
    switch (type) {
      case frameType.data:
        received += length;
        if (length > 5) hasMessage[slot] = 1;
        if (flags & flag.endStream) onFailure(new Error("a call ended without trailers"));
        break;
      case frameType.headers:
        if (flags & flag.endStream) onResponse(hasMessage[slot] === 1, sentAt[slot]!, connection);
        break;
      case frameType.rstStream:
        onResponse(false, sentAt[slot]!, connection);
        break;
      case frameType.settings:
        if (!(flags & flag.ack)) socket.write(settingsAck());
        break;
      case frameType.ping:
        if (!(flags & flag.ack)) socket.write(pingAck(bytes.subarray(payload, payload + 8)));
        break;
      case frameType.windowUpdate:
        if (stream === 0) mayStillSend += bytes.readUInt32BE(payload) & lastStreamId;
        break;
      case frameType.goaway:
        onFailure(new Error(`the server sends the load away: GOAWAY ${bytes.readUInt32BE(payload + 4)}`));
        break;
    }
  }

  const connection: LoadConnection = {
    send(calls) {
      waiting += calls;
      if (!isReading) flush();
    },
    close() {
      isClosed = true;
      socket.destroy();
    },
  };
  onData(onChunk);
  socket.on("error", (error) => !isClosed && onFailure(error));
  socket.on("close", () => !isClosed && onFailure(new Error("the server closed the connection")));
  socket.write(greeting());
  return connection;
}
