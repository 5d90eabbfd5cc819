import { createConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { appError, connectErrorFrom } from "@till/rpc/errors";
import type { Admission } from "../http/admission.ts";
import { forwardedHeaders } from "../http/forwarded-headers.ts";
import { largestBodyBytes, type Routes } from "../http/http-server.ts";
import { forwardService } from "./forward-service.ts";
import { rpcCall } from "./call-context.ts";
import type { PublicService } from "./public-services.ts";
import { serveRpc } from "./serve-rpc.ts";
import { unreadRpcResponse } from "./unread-response.ts";

type RpcRouteOptions = {
  readonly services: readonly PublicService[];
  readonly admission: Admission;
  /** Whether the port speaks HTTP/2, which the gRPC protocol needs. */
  readonly http2: boolean;
  /** Aborts when the server stops, and ends the open streams. */
  readonly shutdown: AbortSignal;
};

/** Longest deadline that a caller may name: that of the services' streams. */
const maxTimeoutMs = 60 * 60_000;

/** Serves the services as Connect, gRPC-Web and, over HTTP/2, gRPC. */
export function rpcRoutes({ services, admission, http2, shutdown }: RpcRouteOptions): Routes {
  const options = {
    grpc: http2,
    readMaxBytes: largestBodyBytes,
    writeMaxBytes: 8 * largestBodyBytes,
    maxTimeoutMs,
    acceptCompression: [compressionGzip, compressionBrotli],
    shutdownSignal: shutdown,
    requestGate: admit(admission),
  };
  return (app, _, done) => {
    // The handlers read the bodies, in the form that their protocol has.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _body, parsed) => parsed(null));
    for (const { prefix = "", ...service } of services) {
      const router = createConnectRouter(options);
      forwardService(router, service);
      for (const handler of router.handlers) {
        const isUnary = handler.method.methodKind === "unary";
        const unread = { calls: service.upstream.calls, respond: unreadRpcResponse };
        app.post(prefix + handler.requestPath, isUnary ? { config: { unread } } : {}, (request, reply) =>
          serveRpc(handler, request, reply),
        );
      }
    }
    done();
  };
}

/** Admits a call before its body is read. */
function admit({ admitAddress, admitCaller }: Admission) {
  return async ({ values, requestHeader: header }: HandlerContext): Promise<void> => {
    const call = values.get(rpcCall);
    try {
      if (call.rejection) throw call.rejection;
      await admitAddress(call.address);
      await admitCaller(header.get("authorization") ?? undefined);
      call.headers = forwardedHeaders((name) => header.get(name), call);
    } catch (error) {
      call.isDecided = true;
      throw connectErrorFrom(error, call.requestId);
    }
  };
}

/** Ends open streams: their clients go on with another connection. */
export function shuttingDown() {
  const error = appError("SHUTTING_DOWN", "the server stops, go on at another one", { retryAfterMs: 100 });
  return connectErrorFrom(error, "");
}
