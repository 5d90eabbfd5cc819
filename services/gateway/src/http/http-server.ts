import cors from "@fastify/cors";
import {
  fastify,
  type FastifyHttp2SecureOptions,
  type FastifyInstance,
  type FastifyPluginCallback,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import type { Http2SecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { listenFailure, type Log } from "@till/telemetry";
import { inNetworks } from "@till/rpc/addresses";
import { admitConnections } from "@till/rpc/connections";
import { startSpan } from "@till/tracing";
import type { GatewayConfig } from "../config.ts";
import type { GatewayTelemetry } from "../telemetry.ts";
import { onClientError } from "./client-errors.ts";
import { corsOptions } from "./cors-options.ts";
import { requestIdOf } from "./forwarded-headers.ts";
import { serveInTurn } from "./pipelining.ts";
import { rejectUnknown } from "./reject-unknown.ts";
import { rejectUnread } from "./reject-unread.ts";
import { endIdleSessions } from "./idle-sessions.ts";
import { errorHandler } from "./request-errors.ts";
import { readPem } from "./read-pem.ts";
import { replaceCertificate } from "./replace-certificate.ts";
import { endSlowClients } from "./slow-clients.ts";

/** Registers routes on the server. */
export type Routes = FastifyPluginCallback;

type HttpServerOptions = {
  readonly config: Pick<
    GatewayConfig,
    "host" | "port" | "tls" | "corsOrigins" | "trustedProxies" | "connectionLimits"
  >;
  readonly routes: readonly Routes[];
  readonly telemetry: GatewayTelemetry;
  readonly log: Log;
};

export type HttpServer = {
  readonly port: number;
  /** Lets requests in hand finish, and after `graceMs` ends those that do not. */
  close(graceMs?: number): Promise<void>;
};

/** The largest body of a request, of every protocol. */
export const largestBodyBytes = 1024 * 1024;

/** Connections that may wait to be accepted, as many as Linux lets them: those beyond it wait seconds, or are reset. */
const mostUnaccepted = 4_096;

/** A client that is slower than this is cut off; each is checked every `checkMs`. */
const limitsMs = {
  ...{ opening: 10_000, handshake: 10_000, headers: 10_000, request: 20_000, unread: 30_000, check: 2_000 },
  ...{ keepAlive: 60_000, http2Session: 60_000 },
};

/** Serves the routes: HTTP/1.1 in the clear, or with TLS h2 and http/1.1 by ALPN. Throws, naming the port. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, routes, telemetry, log } = options;
  const { host, port } = config;
  const app = await createApp(options);
  const connections = admitConnections({
    limits: { ...config.connectionLimits, openingMs: limitsMs.opening },
    isTrustedProxy: inNetworks(config.trustedProxies),
    onLimit: (limit) => telemetry.connectionRejected(limit),
  });
  connections.admitBefore(app.server);
  if (config.tls) endIdleSessions(app, { idleMs: limitsMs.http2Session, openingMs: limitsMs.opening });
  telemetry.watchConnections(() => connections.open.size);
  if (config.tls) replaceCertificate(app, config.tls, log);
  if (config.corsOrigins.length > 0) await app.register(cors, corsOptions(config.corsOrigins));
  endSlowClients(app, { requestMs: limitsMs.request, unreadMs: limitsMs.unread, checkMs: limitsMs.check });
  rejectUnread(app, telemetry); // no other hook sees what it rejects
  serveInTurn(app);
  watchRequests(app, telemetry);
  rejectUnknown(app);
  for (const register of routes) await app.register(register);
  await app.listen({ host, port, backlog: mostUnaccepted }).catch((cause: unknown) => {
    throw listenFailure("HTTP", { host, port }, cause);
  });
  const { port: bound } = app.server.address() as AddressInfo;
  log.info({ host, port: bound }, config.tls ? "serving https" : "serving http");
  return {
    port: bound,
    async close(graceMs = 10_000) {
      const timer = new AbortController();
      const late = delay(graceMs, undefined, { signal: timer.signal, ref: false }).then(
        () => connections.open.forEach((socket) => socket.destroy()),
        () => undefined,
      );
      // Those whose response ends from now on.
      const closing = setInterval(() => app.server.closeIdleConnections(), 100);
      await app.close();
      clearInterval(closing);
      timer.abort();
      await late;
      connections.close();
    },
  };
}

async function createApp({ config, telemetry }: HttpServerOptions): Promise<FastifyInstance> {
  const onError = errorHandler(telemetry);
  const common = {
    bodyLimit: largestBodyBytes,
    requestTimeout: limitsMs.request,
    keepAliveTimeout: limitsMs.keepAlive,
    forceCloseConnections: "idle" as const,
    return503OnClosing: false,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    genReqId: (request: { headers: Record<string, string | string[] | undefined> }) =>
      requestIdOf(request.headers["x-request-id"]),
    frameworkErrors: onError,
    clientErrorHandler: onClientError,
  };
  const times = { headersTimeout: limitsMs.headers, connectionsCheckingInterval: limitsMs.check };
  const app = config.tls
    ? http2Server({
        ...common,
        // Node keeps a session that has ended until its own time-out: endIdleSessions has none.
        http2SessionTimeout: 0,
        https: {
          allowHTTP1: true,
          cert: await readPem(config.tls.cert),
          key: await readPem(config.tls.key),
          handshakeTimeout: limitsMs.handshake,
          settings: { maxConcurrentStreams: 100 },
          ...times,
          requestTimeout: limitsMs.request,
          keepAliveTimeout: limitsMs.keepAlive,
        },
      })
    : fastify({ ...common, http: times });
  app.setErrorHandler(onError);
  return app;
}

/** The types of an HTTP/2 server are others; what is used here is the same. */
function http2Server(options: object): FastifyInstance {
  const http2 = { ...options, http2: true } as FastifyHttp2SecureOptions<Http2SecureServer>;
  return fastify(http2) as unknown as FastifyInstance;
}

/** Puts the request's id on every response, and reports each request when it is over. */
function watchRequests(app: FastifyInstance, telemetry: GatewayTelemetry): void {
  app.addHook("onRequest", (request, reply, done) => {
    traceRequest(request, reply);
    void reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    if (!request.isRejectedUnread)
      telemetry.requestFinished({
        method: request.method,
        route: routeOf(request),
        status: reply.raw.statusCode,
        seconds: reply.elapsedTime / 1000,
        requestId: request.id,
      });
    done();
  });
}

/** Makes the request a span, which its trace context names from now on. */
function traceRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { headers } = request.raw;
  const given = headers["traceparent"];
  const parent = () => (typeof given === "string" ? given : undefined);
  const span = startSpan(`${request.method} ${routeOf(request)}`, { kind: "server", parent });
  if (span === undefined) return;
  headers["traceparent"] = span.traceparent;
  reply.raw.once("close", () => span.end(reply.raw.statusCode >= 500 ? { name: "HTTP" } : undefined));
}

function routeOf({ is404, routeOptions }: FastifyRequest): string {
  return is404 ? "unknown" : (routeOptions.url ?? "unknown");
}
