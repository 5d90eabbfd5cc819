import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type UnaryResponse } from "@connectrpc/connect";
import { Metadata, status, type ChannelInterface } from "@grpc/grpc-js";
import { copyHeaders } from "./copy-headers.ts";
import { connectErrorFromStatus } from "./status.ts";

type UnaryCall = {
  readonly method: DescMethodUnary;
  readonly signal: AbortSignal | undefined;
  /** In milliseconds since 1970. */
  readonly deadline: number;
  readonly input: MessageInitShape<DescMessage>;
  readonly metadata: Metadata;
};

/**
 * Makes one call. It is made on the channel itself: grpc-js's client would add an event emitter, interceptors and a stack
 * trace to each, in all a quarter of what a call costs.
 */
export async function callUnary(channel: ChannelInterface, call: UnaryCall): Promise<UnaryResponse> {
  const { method, signal, deadline, input, metadata } = call;
  signal?.throwIfAborted();
  const request = requestBytes(method, input);
  return new Promise((resolve, reject) => {
    const wire = channel.createCall(pathOf(method), deadline, undefined, null, undefined);
    const cancel = () => wire.cancelWithStatus(status.CANCELLED, "Cancelled on client");
    let header = new Metadata();
    let response: Buffer | undefined;
    wire.start(metadata, {
      onReceiveMetadata: (received) => (header = received),
      onReceiveMessage: (bytes: Buffer) => (response = bytes),
      onReceiveStatus(ended) {
        signal?.removeEventListener("abort", cancel);
        if (ended.code !== status.OK) return reject(connectErrorFromStatus(ended));
        try {
          resolve(responseFrom(method, response, { header, trailer: ended.metadata }));
        } catch (error) {
          reject(ConnectError.from(error));
        }
      },
    });
    signal?.addEventListener("abort", cancel, { once: true });
    wire.sendMessageWithContext({}, request);
    wire.halfClose();
    wire.startRead();
  });
}

function requestBytes(method: DescMethodUnary, input: MessageInitShape<DescMessage>): Buffer {
  const message = create(method.input, input);
  try {
    return bytesOf(method.input, message);
  } catch (cause) {
    throw new ConnectError("the request cannot be encoded", Code.Internal, undefined, undefined, cause);
  }
}

type ReceivedMetadata = { readonly header: Metadata; readonly trailer: Metadata };

/** Its Headers are made when they are read, which few callers do. */
function responseFrom(
  method: DescMethodUnary,
  bytes: Buffer | undefined,
  { header, trailer }: ReceivedMetadata,
): UnaryResponse {
  return {
    ...{ stream: false, service: method.parent, method, message: responseMessage(method, bytes) },
    get header() {
      return copyHeaders(header, new Headers());
    },
    get trailer() {
      return copyHeaders(trailer, new Headers());
    },
  };
}

function responseMessage(method: DescMethodUnary, bytes: Buffer | undefined): MessageShape<DescMessage> {
  if (!bytes) throw new ConnectError("the response has no message", Code.Unimplemented);
  try {
    return fromBinary(method.output, bytes);
  } catch (cause) {
    throw new ConnectError("the response cannot be read", Code.Internal, undefined, undefined, cause);
  }
}

/** The path of a method in gRPC. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Encodes a message, without copying its bytes. */
export function bytesOf(schema: DescMessage, message: MessageShape<DescMessage>): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
