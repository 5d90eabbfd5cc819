import type {
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { Call } from "./call.ts";
import type { Role } from "./caller.ts";

/** Handles one request: a message in, a plain object out. What it throws becomes a status at one place. */
export type UnaryHandler<M extends DescMethodUnary> = (
  request: MessageShape<M["input"]>,
  call: Call,
) => Promise<MessageInitShape<M["output"]>>;

/** Handles one request with a stream of messages, until it returns or `call.signal` aborts. */
export type StreamHandler<M extends DescMethodServerStreaming> = (
  request: MessageShape<M["input"]>,
  call: Call,
) => AsyncIterable<MessageInitShape<M["output"]>>;

/** Who may call an RPC. */
export type Policy = readonly Role[] | "anyone";

/** An RPC as it is served: a handler and who may call it. There is no RPC without a policy. */
export type Rpc<Handler> = {
  readonly policy: Policy;
  readonly handler: Handler;
  /** It writes: it waits for its turn where the server has many of them. */
  readonly isCommand?: boolean;
};

/** Lets callers with one of these roles reach a handler. */
export function allow<Handler>(policy: Policy, handler: Handler): Rpc<Handler> {
  return { policy, handler };
}

type HandlerOf<M> = M extends DescMethodUnary
  ? UnaryHandler<M>
  : M extends DescMethodServerStreaming
    ? StreamHandler<M>
    : M extends { methodKind: "bidi_streaming" }
      ? BidiHandler<M>
      : never;

type BidiHandler<M> = M extends { input: infer I; output: infer O }
  ? I extends DescMethodUnary["input"]
    ? O extends DescMethodUnary["output"]
      ? (requests: AsyncIterable<MessageShape<I>>, call: Call) => AsyncIterable<MessageInitShape<O>>
      : never
    : never
  : never;

/** The same for an RPC that writes on a caller's behalf: the server carries out so many of them at a time. */
export function allowCommand<Handler>(policy: Policy, handler: Handler): Rpc<Handler> {
  return { policy, handler, isCommand: true };
}

/** Every RPC of a service, each with its policy and handler. */
type Routes<S extends DescService> = {
  readonly [K in keyof S["method"]]: Rpc<HandlerOf<S["method"][K]>>;
};

export type Implementation = {
  readonly service: DescService;
  readonly rpcs: Readonly<Record<string, Rpc<unknown> | undefined>>;
};

/** Binds a service's RPCs to their handlers; the compiler requires all of them. */
export function implement<S extends DescService>(service: S, rpcs: Routes<S>): Implementation {
  return { service, rpcs };
}
