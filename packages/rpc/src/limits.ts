/**
 * What a caller can make a gRPC server hold or do, all in one table. What is here by name is set in the environment
 * (`.env.example`); left out, it is as here. Times are in milliseconds.
 */
export const defaultLimits = {
  /** A larger request is rejected with REQUEST_TOO_LARGE. */
  requestBytes: 1024 * 1024,
  responseBytes: 8 * 1024 * 1024,
  /** Of all requests that are not whole yet; above it those that hold most are ended. */
  unfinishedBytes: 32 * 1024 * 1024,
  /** A request that is not whole by then is ended, and so is a response of which nothing is read for as long. */
  requestMs: 20_000,
  unreadMs: 30_000,
  /**
   * Commands that are carried out at a time, fewer while the event loop is busy with them, and that wait for it; further
   * ones are rejected with OVERLOADED.
   */
  commands: 1_024,
  queuedCommands: 1_024,
  /** While commands wait, one must end within this time: else the server is not ready. */
  stuckCommandsMs: 5_000,
  /** Calls and streams at a time; further ones wait at their client. A gateway has all its calls on one connection. */
  streamsPerConnection: 10_000,
  /** Calls of one method by an address, and by a caller; above it they are RATE_LIMITED. 0 is no limit. */
  addressCallsPerSecond: 0,
  callerCallsPerSecond: 0,
  /** Streams that need no token: watchers of the health, and reflection. */
  anonymousStreamsPerAddress: 100,
  /** Streams that the clients of an address reset, at once and within a minute; above it its connections are closed. */
  resetsPerAddress: 10_000,
  /** Further connections are closed at once. */
  connections: 10_000,
  connectionsPerAddress: 1_000,
  /** A connection on which nothing was sent by then is closed. */
  openingMs: 10_000,
  /** A connection without a call for as long is closed; clients open another one with their next call. */
  connectionIdleMs: 5 * 60_000,
  /** Clients reconnect now and then, so that new replicas get their share. */
  connectionAgeMs: 30 * 60_000,
  /** How often a peer must show that it is still there. */
  keepaliveMs: 60_000,
} as const satisfies Record<string, number>;

export type Limits = { readonly [Name in keyof typeof defaultLimits]: number };

/** Some of the limits; the others are the defaults. */
export type GivenLimits = { readonly [Name in keyof Limits]?: number | undefined };

/** How long a peer may take to respond to a keepalive ping. */
export const keepaliveResponseMs = 20_000;

/** Beyond this grpc-js rejects a request by itself, without a reason; up to it the error is typed. */
export const largestReceivedBytes = 8 * 1024 * 1024;

/** What a stream costs beside the bytes of its message. */
export const streamBytes = 8 * 1024;

/**
 * The limits of Node's HTTP/2, for which grpc-js has no options: what goes beyond them is reset, or ends its connection.
 * All but those of resets are Node's defaults, and are here for the tests that hold Node to them.
 */
export const http2Limits = {
  /** Bytes of a call's metadata in all. */
  metadataBytes: 64 * 1024,
  metadataPairs: 128,
  /**
   * Streams of a connection that are reset: so many at once, and so many a second. A gateway has all its callers on one
   * connection, and each that leaves a stream resets it; of all others `resetsPerAddress` allows fewer.
   */
  resets: 5_000,
  resetsPerSecond: 500,
  /** Frames that break the protocol, of one connection. */
  violations: 1_000,
  /** The TLS handshake, begun and not finished. */
  handshakeMs: 120_000,
};

/** What a request may have on the wire, where its proto does not say. */
export const wireLimits = {
  /** For lists of messages that are not ours, such as an address's lines. */
  items: 100,
  /** A field that is no list may be on the wire more than once; the last one counts. */
  repeats: 16,
  unknownFields: 1_000,
  depth: 100,
};

/** An error as it goes to a caller: many clients allow 8 KB of trailers, and details travel in base64. */
export const errorLimits = {
  /** Bytes of the message in percent-encoding; it goes twice more into the details. */
  message: 600,
  /** Bytes of metadata and violations: with the messages in base64, 6 KB in all. */
  details: 2_600,
  /** Tags and lengths around two texts. */
  entry: 10,
  fact: 1_000,
  field: 200,
  description: 300,
  /** Another server may say anything. */
  retryMs: 24 * 60 * 60_000,
};

/** Completes limits with the defaults. */
export function completeLimits(given: GivenLimits = {}): Limits {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaultLimits, ...(Object.fromEntries(set) as Partial<Limits>) };
}
