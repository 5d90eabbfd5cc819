/** The few bytes of HTTP/2 (RFC 9113) and HPACK (RFC 7541) that a load of unary gRPC calls needs. */

export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
} as const;
export const flag = { ack: 0x1, endStream: 0x1, endHeaders: 0x4 } as const;
export const frameHeaderBytes = 9;

/** How much the server may send before it receives more window; the connection's share is topped up at half. */
export const receiveWindow = 2 ** 30;

/** What a client says first: the preface, its settings, and that it takes much at once. */
export function greeting(): Buffer {
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(4, 0); // SETTINGS_INITIAL_WINDOW_SIZE
  settings.writeUInt32BE(receiveWindow, 2);
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(frameType.settings, 0, 0, settings),
    windowUpdate(receiveWindow),
  ]);
}

export function settingsAck(): Buffer {
  return frame(frameType.settings, flag.ack, 0, Buffer.alloc(0));
}

export function pingAck(payload: Buffer): Buffer {
  return frame(frameType.ping, flag.ack, 0, payload);
}

/** Lets the server send so many bytes more on the connection. */
export function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(frameType.windowUpdate, 0, 0, payload);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** Writes the nine bytes that begin a frame; returns the offset of its payload. */
export function writeFrameHeader(
  out: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): number {
  out[at] = length >> 16;
  out[at + 1] = length >> 8;
  out[at + 2] = length;
  out[at + 3] = type;
  out[at + 4] = flags;
  out[at + 5] = stream >> 24;
  out[at + 6] = stream >> 16;
  out[at + 7] = stream >> 8;
  out[at + 8] = stream;
  return at + frameHeaderBytes;
}

/**
 * A call's headers, as gRPC clients send them: in full on a connection's first call, which puts them into the
 * server's table, and as one byte each from then on.
 */
export function requestHeaders(headers: readonly (readonly [string, string])[]): {
  first: Buffer;
  later: Buffer;
} {
  const post = 0x83; // :method POST
  const http = 0x86; // :scheme http
  const literals = headers.map(([name, value]) => Buffer.concat([Buffer.of(0x40), text(name), text(value)]));
  const size = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  if (size > 4096) throw new Error(`the headers need ${size} bytes of the server's table, which has 4096`);
  const newestIndex = 62;
  const indexed = headers.map((_, index) => 0x80 | (newestIndex + headers.length - 1 - index));
  return {
    first: Buffer.concat([Buffer.of(post, http), ...literals]),
    later: Buffer.of(post, http, ...indexed),
  };
}

/** A string literal without Huffman coding: its length with a prefix of 7 bits, then its bytes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.of(...length, rest), bytes]);
}
