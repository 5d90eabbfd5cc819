import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { inSpan } from "@till/tracing";
import { admit } from "./admit.ts";
import { Call, type WireCall } from "./call.ts";
import { decode, encode } from "./codec.ts";
import type { ServerContext } from "./server-context.ts";
import type { Implementation, Rpc } from "./implement.ts";
import { failedStatus } from "./failed-status.ts";
import { causeOf, deadlineExceeded } from "./deadline-exceeded.ts";
import { writeStream } from "./write-stream.ts";

/** Turns an implementation into what grpc-js serves. Throws for an RPC without a policy: deny by default. */
export function grpcService({ service, rpcs }: Implementation, context: ServerContext): GrpcService {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const handlers: UntypedServiceImplementation = {};
  for (const method of service.methods) {
    const rpc = rpcs[method.localName];
    if (!rpc?.policy) throw new Error(`${service.typeName}/${method.name} has no policy`);
    definition[method.name] = definitionOf(method);
    handlers[method.name] = handlerOf(method, rpc, context);
  }
  return { definition, handlers };
}

type GrpcService = {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
};

/** Tells the paths of streams in both directions: their requests end when their client likes. */
export function endlessPaths(implementations: readonly Implementation[]): (path: string) => boolean {
  const methods = implementations.flatMap(({ service }) => service.methods);
  const endless = methods.filter(({ methodKind }) => methodKind === "bidi_streaming");
  const paths = new Set(endless.map((method) => `/${nameOf(method)}`));
  return (path) => paths.has(path);
}

/** Messages cross grpc-js as bytes: they are decoded after the caller is known, and their size is checked first. */
function definitionOf(method: DescMethod): ServiceDefinition[string] {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    path: `/${nameOf(method)}`,
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function handlerOf(method: DescMethod, rpc: Rpc<unknown>, context: ServerContext) {
  switch (method.methodKind) {
    case "unary":
      return unary(method, rpc as Rpc<Answer>, context);
    case "server_streaming":
      return serverStreaming(method, rpc as Rpc<Stream>, context);
    case "bidi_streaming":
      return bidiStreaming(method, rpc as Rpc<Dialogue>, context);
    case "client_streaming":
      throw new Error(`${method.name}: client streaming is not served`);
  }
}

type Answer = (request: unknown, call: Call) => Promise<MessageInitShape<DescMessage>>;
type Stream = (request: unknown, call: Call) => AsyncIterable<MessageInitShape<DescMessage>>;
type Dialogue = (
  requests: AsyncIterable<unknown>,
  call: Call,
) => AsyncIterable<MessageInitShape<DescMessage>>;

function unary(
  method: DescMethod,
  { policy, handler, isCommand }: Rpc<Answer>,
  context: ServerContext,
): handleUnaryCall<Buffer, Buffer> {
  const name = nameOf(method);
  const observe = context.observe(name);
  return (wire, reply) => {
    const call = new Call(name, wire, context.deadlines, context.peerAddressOf);
    let answered = false;
    const finish = (error: unknown, response?: Buffer) => {
      if (answered) return;
      answered = true;
      call.responded();
      clearTimeout(timer);
      observe(call, error);
      if (error === undefined) reply(null, response, call.trailer);
      else reply(failedStatus(error, call));
    };
    const respond = async () => {
      const request = decode(method.input, wire.request, context.largestRequestBytes);
      return encode(method.output, await handler(request, call));
    };
    const timer = setTimeout(() => finish(deadlineExceeded(call)), Math.max(call.remainingMs, 0));
    const span = { kind: "server", parent: () => call.header("traceparent") } as const;
    void inSpan(name, span, async (traceparent) => {
      if (traceparent !== undefined) call.traceparent = traceparent;
      const admitted = admit(call, policy, context);
      if (admitted) await admitted;
      return isCommand ? context.commands.run(call, respond) : respond();
    }).then(
      (response) => finish(undefined, response),
      (error: unknown) => finish(causeOf(context.mapError(error), call)),
    );
  };
}

function serverStreaming(
  method: DescMethod,
  { policy, handler }: Rpc<Stream>,
  context: ServerContext,
): handleServerStreamingCall<Buffer, Buffer> {
  const name = nameOf(method);
  const observe = context.observe(name);
  return (wire) => {
    const call = new Call(name, wire, context.streamDeadlines, context.peerAddressOf);
    void writeStream(wire, method.output, call, { ...context, observe }, async () => {
      if (policy === "anyone") wire.once("close", context.anonymousStreams.admit(call.peerAddress));
      await admit(call, policy, context);
      return handler(decode(method.input, wire.request, context.largestRequestBytes), call);
    });
  };
}

function bidiStreaming(
  method: DescMethod,
  { policy, handler }: Rpc<Dialogue>,
  context: ServerContext,
): handleBidiStreamingCall<Buffer, Buffer> {
  const name = nameOf(method);
  const observe = context.observe(name);
  return (wire) => {
    const call = new Call(name, wire as unknown as WireCall, context.streamDeadlines, context.peerAddressOf);
    async function* requests() {
      // A rejected request ends the loop, and must not end the stream before its status is sent.
      for await (const bytes of wire.iterator({ destroyOnReturn: false }))
        yield decode(method.input, bytes as Buffer, context.largestRequestBytes);
    }
    void writeStream(wire, method.output, call, { ...context, observe }, async () => {
      if (policy === "anyone") wire.once("close", context.anonymousStreams.admit(call.peerAddress));
      await admit(call, policy, context);
      return handler(requests(), call);
    });
  };
}

/** An RPC's name, as `till.order.v1.OrderService/CreateOrder`. */
export function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
