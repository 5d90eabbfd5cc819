import { z } from "zod";

const count = z.coerce.number().int().min(1).optional();
const rate = z.coerce.number().int().min(0).optional();
const seconds = z.coerce.number().min(1).max(86_400).optional();

/** The limits of a gRPC server; left out, those of the table in packages/rpc. */
export function limitVariables() {
  return {
    TILL_MAX_REQUEST_BYTES: count,
    TILL_MAX_RESPONSE_BYTES: count,
    TILL_MAX_UNFINISHED_BYTES: count,
    TILL_REQUEST_TIMEOUT_SECONDS: seconds,
    TILL_UNREAD_TIMEOUT_SECONDS: seconds,
    TILL_MAX_COMMANDS: count,
    TILL_MAX_QUEUED_COMMANDS: count,
    TILL_STUCK_COMMANDS_SECONDS: seconds,
    TILL_MAX_STREAMS_PER_CONNECTION: count,
    TILL_ADDRESS_CALLS_PER_SECOND: rate,
    TILL_CALLER_CALLS_PER_SECOND: rate,
    TILL_MAX_ANONYMOUS_STREAMS_PER_ADDRESS: count,
    TILL_MAX_RESETS_PER_ADDRESS: count,
    TILL_MAX_CONNECTIONS: count,
    TILL_MAX_CONNECTIONS_PER_ADDRESS: count,
    TILL_CONNECTION_OPENING_SECONDS: seconds,
    TILL_CONNECTION_IDLE_SECONDS: seconds,
    TILL_CONNECTION_AGE_SECONDS: seconds,
    TILL_KEEPALIVE_SECONDS: seconds,
  };
}

type LimitVariables = z.output<z.ZodObject<ReturnType<typeof limitVariables>>>;

/** Those variables as a gRPC server takes them. */
export function limitSettings(read: LimitVariables) {
  const ms = (value: number | undefined) => (value === undefined ? undefined : value * 1000);
  return {
    requestBytes: read.TILL_MAX_REQUEST_BYTES,
    responseBytes: read.TILL_MAX_RESPONSE_BYTES,
    unfinishedBytes: read.TILL_MAX_UNFINISHED_BYTES,
    requestMs: ms(read.TILL_REQUEST_TIMEOUT_SECONDS),
    unreadMs: ms(read.TILL_UNREAD_TIMEOUT_SECONDS),
    commands: read.TILL_MAX_COMMANDS,
    queuedCommands: read.TILL_MAX_QUEUED_COMMANDS,
    stuckCommandsMs: ms(read.TILL_STUCK_COMMANDS_SECONDS),
    streamsPerConnection: read.TILL_MAX_STREAMS_PER_CONNECTION,
    addressCallsPerSecond: read.TILL_ADDRESS_CALLS_PER_SECOND,
    callerCallsPerSecond: read.TILL_CALLER_CALLS_PER_SECOND,
    anonymousStreamsPerAddress: read.TILL_MAX_ANONYMOUS_STREAMS_PER_ADDRESS,
    resetsPerAddress: read.TILL_MAX_RESETS_PER_ADDRESS,
    connections: read.TILL_MAX_CONNECTIONS,
    connectionsPerAddress: read.TILL_MAX_CONNECTIONS_PER_ADDRESS,
    openingMs: ms(read.TILL_CONNECTION_OPENING_SECONDS),
    connectionIdleMs: ms(read.TILL_CONNECTION_IDLE_SECONDS),
    connectionAgeMs: ms(read.TILL_CONNECTION_AGE_SECONDS),
    keepaliveMs: ms(read.TILL_KEEPALIVE_SECONDS),
  };
}
