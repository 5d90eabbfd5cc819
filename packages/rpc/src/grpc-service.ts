import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { admit } from "./admit.ts";
import { Call, type WireCall } from "./call.ts";
import { decode, encode } from "./codec.ts";
import type { Edge } from "./edge.ts";
import type { Implementation, Rpc } from "./implement.ts";
import { failedStatus } from "./failed-status.ts";
import { causeOf, timeIsUp } from "./time-is-up.ts";
import { writeStream } from "./write-stream.ts";

/** Turns an implementation into what grpc-js serves. Throws for an RPC without a policy: deny by default. */
export function grpcService({ service, rpcs }: Implementation, edge: Edge): GrpcService {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const handlers: UntypedServiceImplementation = {};
  for (const method of service.methods) {
    const rpc = rpcs[method.localName];
    if (!rpc?.policy) throw new Error(`${service.typeName}/${method.name} has no policy`);
    definition[method.name] = definitionOf(method);
    handlers[method.name] = handlerOf(method, rpc, edge);
  }
  return { definition, handlers };
}

export type GrpcService = {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
};

/** Messages cross grpc-js as bytes: they are decoded after the caller is known, and their size is checked first. */
function definitionOf(method: DescMethod): ServiceDefinition[string] {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function handlerOf(method: DescMethod, rpc: Rpc<unknown>, edge: Edge) {
  switch (method.methodKind) {
    case "unary":
      return unary(method, rpc as Rpc<Answer>, edge);
    case "server_streaming":
      return serverStreaming(method, rpc as Rpc<Stream>, edge);
    case "bidi_streaming":
      return bidiStreaming(method, rpc as Rpc<Dialogue>, edge);
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
  { policy, handler }: Rpc<Answer>,
  edge: Edge,
): handleUnaryCall<Buffer, Buffer> {
  const name = nameOf(method);
  const observe = edge.observe(name);
  return (wire, reply) => {
    const call = new Call(name, wire, edge.deadlines);
    let answered = false;
    const finish = (error: unknown, response?: Buffer) => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      observe(call, error);
      if (error === undefined) reply(null, response, call.trailer);
      else reply(failedStatus(error, call));
    };
    const timer = setTimeout(() => finish(timeIsUp(call)), Math.max(call.remainingMs, 0));
    void (async () => {
      try {
        const admitted = admit(call, policy, edge.verify);
        if (admitted) await admitted;
        const request = decode(method.input, wire.request, edge.largestRequestBytes);
        finish(undefined, encode(method.output, await handler(request, call)));
      } catch (error) {
        finish(causeOf(edge.mapError(error), call));
      }
    })();
  };
}

function serverStreaming(
  method: DescMethod,
  { policy, handler }: Rpc<Stream>,
  edge: Edge,
): handleServerStreamingCall<Buffer, Buffer> {
  const name = nameOf(method);
  const observe = edge.observe(name);
  return (wire) => {
    const call = new Call(name, wire, edge.streamDeadlines);
    void writeStream(wire, method.output, call, { ...edge, observe }, async () => {
      await admit(call, policy, edge.verify);
      return handler(decode(method.input, wire.request, edge.largestRequestBytes), call);
    });
  };
}

function bidiStreaming(
  method: DescMethod,
  { policy, handler }: Rpc<Dialogue>,
  edge: Edge,
): handleBidiStreamingCall<Buffer, Buffer> {
  const name = nameOf(method);
  const observe = edge.observe(name);
  return (wire) => {
    const call = new Call(name, wire as unknown as WireCall, edge.streamDeadlines);
    async function* requests() {
      // A request that is refused ends the loop, and must not end the stream before its status is sent.
      for await (const bytes of wire.iterator({ destroyOnReturn: false }))
        yield decode(method.input, bytes as Buffer, edge.largestRequestBytes);
    }
    void writeStream(wire, method.output, call, { ...edge, observe }, async () => {
      await admit(call, policy, edge.verify);
      return handler(requests(), call);
    });
  };
}

function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
