import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { once } from "node:events";
import { admit } from "./admit.ts";
import { refuse } from "./app-error.ts";
import { Call, type Deadlines, type WireCall } from "./call.ts";
import { decode, encode } from "./codec.ts";
import type { Implementation, Rpc } from "./implement.ts";
import type { CallObserver } from "./observe.ts";
import type { OpenStreams } from "./open-streams.ts";
import { statusFromError } from "./status.ts";
import type { VerifyToken } from "./verify-token.ts";

/** What every RPC of a server shares. */
export type Edge = {
  readonly verify: VerifyToken;
  readonly observe: (method: string) => CallObserver;
  readonly deadlines: Deadlines;
  readonly streamDeadlines: Deadlines;
  readonly streams: OpenStreams;
  readonly largestRequestBytes: number;
  /** Turns a failure of the service's own engines into what callers may see; gives back what it does not know. */
  readonly explain: (error: unknown) => unknown;
};

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
      else reply(statusFromError(error, call.requestId));
    };
    const timer = setTimeout(() => finish(timeIsUp(call, late)), Math.max(call.remainingMs, 0));
    void (async () => {
      try {
        const admitted = admit(call, policy, edge.verify);
        if (admitted) await admitted;
        const request = decode(method.input, wire.request, edge.largestRequestBytes);
        finish(undefined, encode(method.output, await handler(request, call)));
      } catch (error) {
        finish(edge.explain(error));
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
    void stream(wire, method.output, call, { ...edge, observe }, async () => {
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
      for await (const bytes of wire as AsyncIterable<Buffer>)
        yield decode(method.input, bytes, edge.largestRequestBytes);
    }
    void stream(wire, method.output, call, { ...edge, observe }, async () => {
      await admit(call, policy, edge.verify);
      return handler(requests(), call);
    });
  };
}

async function stream(
  wire: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  output: DescMessage,
  call: Call,
  { observe, explain, streams }: { readonly observe: CallObserver } & Pick<Edge, "explain" | "streams">,
  open: () => Promise<AsyncIterable<MessageInitShape<DescMessage>>>,
): Promise<void> {
  const { signal } = call;
  let isOver = false;
  const finish = (failure: unknown) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    streams.remove(finish);
    call.abort(); // its handler may be waiting for something
    observe(call, failure);
    if (failure === undefined) wire.end(call.trailer);
    else wire.emit("error", statusFromError(failure, call.requestId));
  };
  const timer = setTimeout(
    () => finish(timeIsUp(call, "the stream's time is over")),
    Math.max(call.remainingMs, 0),
  );
  streams.add(finish);
  if (signal.aborted) return;
  try {
    for await (const message of await open()) {
      if (signal.aborted) break;
      if (!wire.write(encode(output, message))) await once(wire, "drain", { signal });
    }
    finish(undefined);
  } catch (error) {
    finish(signal.aborted ? undefined : explain(error));
  }
}

const late = "the deadline passed before the answer was ready";

function timeIsUp(call: Call, message: string): unknown {
  call.abort();
  try {
    refuse("DEADLINE_EXCEEDED", message);
  } catch (error) {
    return error;
  }
}

function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
