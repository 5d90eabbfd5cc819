import { createContextValues } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import { appError, connectErrorFrom } from "@till/rpc/errors";
import type { Admission } from "../http/admission.ts";
import { forwardedHeaders } from "../http/forwarded-headers.ts";
import { largestBodyBytes, type Routes } from "../http/http-server.ts";
import { forwardService } from "./forward-service.ts";
import { forwarded, peer } from "./call-context.ts";
import type { PublicService } from "./public-services.ts";

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
  return (app, _, done) => {
    for (const [prefix = "", group] of Map.groupBy(services, (service) => service.prefix))
      void app.register(fastifyConnectPlugin, {
        prefix,
        grpc: http2,
        readMaxBytes: largestBodyBytes,
        writeMaxBytes: 8 * largestBodyBytes,
        maxTimeoutMs,
        shutdownSignal: shutdown,
        contextValues: ({ ip, id }) => createContextValues().set(peer, { address: ip, requestId: id }),
        // Before the body is read.
        async requestGate(context) {
          const { address, requestId } = context.values.get(peer);
          const { requestHeader: header } = context;
          try {
            await admission.admitAddress(address);
            await admission.admitCaller(header.get("authorization") ?? undefined);
            context.values.set(
              forwarded,
              forwardedHeaders((name) => header.get(name), requestId),
            );
          } catch (error) {
            throw connectErrorFrom(error, requestId);
          }
        },
        routes: (router) => group.forEach((service) => forwardService(router, service)),
      });
    done();
  };
}

/** Ends open streams: their clients go on with another connection. */
export function shuttingDown() {
  const error = appError("SHUTTING_DOWN", "the server stops, go on at another one", { retryAfterMs: 100 });
  return connectErrorFrom(error, "");
}
