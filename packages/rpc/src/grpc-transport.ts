import { create, fromBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type StreamResponse, type Transport } from "@connectrpc/connect";
import {
  Client,
  credentials,
  Metadata,
  type ChannelCredentials,
  type ChannelInterface,
  type ClientReadableStream,
  type ServiceError,
} from "@grpc/grpc-js";
import { bytesOf, callUnary, pathOf } from "./call-unary.ts";
import { copyHeaders } from "./copy-headers.ts";
import { ownUserAgent, spreadResets } from "./spread-resets.ts";
import { connectErrorFromStatus } from "./status.ts";
import type { TokenSource } from "./token-source.ts";

export type GrpcTransportOptions = {
  /**
   * One address or several, comma-separated: host:port, or a grpc target such as dns:///orders:50051. With https:// before
   * it calls are made over TLS.
   */
  readonly address: string;
  /** Gives the bearer token of each call; left out: calls carry the headers they are given. */
  readonly token?: TokenSource;
  /** Deadline of a call that names none. */
  readonly timeoutMs?: number;
  /** Whether to use TLS: with the machine's certificate authorities, or with these (PEM). Left out: as the address says. */
  readonly tls?: boolean | { readonly ca: string | Uint8Array } | undefined;
  /** How TLS is used, in place of the machine's certificate authorities and no certificate of ours. */
  readonly credentials?: ChannelCredentials | undefined;
  /** Whether the server is one of Till's, which allow more keepalives and resets than other systems' servers. */
  readonly isOwn?: boolean;
  /**
   * How often a server must show that it is still there while calls wait. Left out: each minute, for other systems' servers
   * cut off clients that ask more often; Till's own every five seconds, so that a connection that the network dropped is
   * replaced within ten.
   */
  readonly keepaliveMs?: number;
  /** Whether UNAVAILABLE calls are retried. Every RPC of Till may be repeated. */
  readonly retries?: boolean;
};

const longestKeepaliveResponseMs = 20_000;

export type GrpcTransport = Transport & { close(): void };

/** Connect clients over grpc-js channels: retries on UNAVAILABLE, round robin over addresses, keepalive, deadlines. */
export function grpcTransport(options: GrpcTransportOptions): GrpcTransport {
  const { address, token, timeoutMs = 5_000, isOwn = false, retries = true } = options;
  const { keepaliveMs = isOwn ? 5_000 : 60_000 } = options;
  spreadResets();
  const client = new Client(targetOf(address.replace(secureScheme, "")), credentialsOf(options), {
    "grpc.enable_retries": retries ? 1 : 0,
    "grpc.service_config": JSON.stringify(serviceConfig),
    ...(isOwn && { "grpc.primary_user_agent": ownUserAgent }),
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": Math.min(keepaliveMs, longestKeepaliveResponseMs),
    "grpc.enable_channelz": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
  });
  return {
    unary: unaryOver(client.getChannel(), token, timeoutMs) as Transport["unary"],
    stream: streamOver(client, token) as Transport["stream"],
    close: () => client.close(),
  };
}

/** A call that is UNAUTHENTICATED has had no effect: with a token of newer keys it is made once more. */
function unaryOver(channel: ChannelInterface, token: TokenSource | undefined, timeoutMs: number) {
  return async (...[method, signal, ms, header, input]: Parameters<Transport["unary"]>) => {
    const deadline = Date.now() + (ms ?? timeoutMs);
    const attempt = (bearer: string | undefined) => {
      const metadata = metadataFor(header, bearer);
      return callUnary(channel, { method, signal, deadline, input, metadata });
    };
    if (!token) return attempt(undefined);
    const bearer = await token();
    return attempt(bearer).catch(async (error: unknown) => {
      const another = await anotherToken(token, bearer, error);
      if (another === undefined) throw error;
      return attempt(another);
    });
  };
}

/** Returns a token instead of the rejected one, where the call failed because of the token and there is another. */
async function anotherToken(token: TokenSource, bearer: string, error: unknown): Promise<string | undefined> {
  const isRejected = error instanceof ConnectError && error.code === Code.Unauthenticated;
  if (!isRejected || !token.forget) return undefined;
  token.forget(bearer);
  const current = await token();
  return current === bearer ? undefined : current;
}

function streamOver(client: Client, token: TokenSource | undefined) {
  return async (...[method, signal, ms, header, input]: Parameters<Transport["stream"]>) => {
    if (method.methodKind !== "server_streaming") {
      throw new ConnectError(`${method.methodKind} calls are not made here`, Code.Unimplemented);
    }
    const first = await input[Symbol.asyncIterator]().next();
    const wire = client.makeServerStreamRequest(
      pathOf(method),
      (message: MessageShape<DescMessage>) => bytesOf(method.input, message),
      (bytes) => fromBinary(method.output, bytes),
      create(method.input, first.done ? undefined : first.value),
      metadataFor(header, await token?.()),
      ms === undefined ? {} : { deadline: Date.now() + ms },
    );
    const responseHeader = new Headers();
    const trailer = new Headers();
    wire.on("metadata", (received) => copyHeaders(received, responseHeader));
    wire.on("status", (status) => copyHeaders(status.metadata, trailer));
    // A signal that is aborted by now has no event any more.
    if (signal?.aborted) wire.cancel();
    signal?.addEventListener("abort", () => wire.cancel(), { once: true });
    const service = method.parent;
    const message = messagesOf(wire);
    return { stream: true, service, method, header: responseHeader, trailer, message } as StreamResponse;
  };
}

async function* messagesOf(wire: ClientReadableStream<unknown>) {
  try {
    for await (const message of wire) yield message as MessageShape<DescMessage>;
  } catch (error) {
    throw isServiceError(error) ? connectErrorFromStatus(error, error) : error;
  } finally {
    wire.cancel();
  }
}

function metadataFor(header: Parameters<Transport["unary"]>[3], bearer: string | undefined): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of entriesOf(header)) metadata.set(name, value);
  if (bearer !== undefined) metadata.set("authorization", `Bearer ${bearer}`);
  return metadata;
}

/** A plain object, as on the hot path, is not made into Headers first: they cost more than the metadata. */
function entriesOf(header: Parameters<Transport["unary"]>[3] = {}): Iterable<[string, string]> {
  const isPlain = !(header instanceof Headers || Array.isArray(header));
  return isPlain ? Object.entries(header as Record<string, string>) : new Headers(header);
}

/** Only UNAVAILABLE is retried, by grpc-js with jitter, at most three times. */
const serviceConfig = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.05s",
        maxBackoff: "0.5s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
};

const secureScheme = /^https:\/\//;

function credentialsOf(options: GrpcTransportOptions): ChannelCredentials {
  const { tls = secureScheme.test(options.address) } = options;
  if (tls === false) return credentials.createInsecure();
  return options.credentials ?? credentials.createSsl(tls === true ? null : Buffer.from(tls.ca));
}

function targetOf(address: string): string {
  return address.includes(",") ? `ipv4:${address}` : address;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}
