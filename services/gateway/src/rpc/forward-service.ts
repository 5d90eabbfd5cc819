import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  createClient,
  type CallOptions,
  type Client,
  type ConnectRouter,
  type HandlerContext,
} from "@connectrpc/connect";
import { rpcCall } from "./call-context.ts";
import type { PublicService } from "./public-services.ts";

/** Forwards every RPC of a service, streams included, with its deadline, its cancellation and its trace. */
export function forwardService(
  router: ConnectRouter,
  { service, upstream }: Pick<PublicService, "service" | "upstream">,
): void {
  const client = createClient(service, upstream.transport);
  const handlers = service.methods.map((method) => [method.localName, handlerOf(method, client)]);
  router.service(service, Object.fromEntries(handlers) as object);
}

type Unary = (request: unknown, options: CallOptions) => Promise<object>;
type ServerStreaming = (request: unknown, options: CallOptions) => AsyncIterable<object>;

function handlerOf(method: DescMethod, client: Client<DescService>) {
  const rpc: unknown = client[method.localName];
  switch (method.methodKind) {
    case "unary":
      return (request: unknown, context: HandlerContext) => (rpc as Unary)(request, optionsOf(context));
    case "server_streaming":
      return (request: unknown, context: HandlerContext) =>
        (rpc as ServerStreaming)(request, optionsOf(context));
    case "client_streaming":
    case "bidi_streaming":
      throw new Error(`${method.name}: ${method.methodKind} is not forwarded`);
  }
}

/** Forwards the call: what the upstream call takes from the caller's, and gives it in turn. */
function optionsOf({ responseTrailer, signal, timeoutMs, values }: HandlerContext) {
  const remainingMs = timeoutMs();
  const call = values.get(rpcCall);
  call.isDecided = true;
  return {
    headers: call.headers,
    signal,
    ...(remainingMs !== undefined && { timeoutMs: Math.max(remainingMs, 1) }),
    onTrailer(trailer: Headers) {
      const replay = trailer.get("idempotent-replay");
      if (replay !== null) responseTrailer.set("idempotent-replay", replay);
    },
  } satisfies CallOptions;
}
