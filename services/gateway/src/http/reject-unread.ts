import type { ConnectError } from "@connectrpc/connect";
import { overloaded, type CallQueue } from "@till/rpc/call-queue";
import { connectErrorFrom } from "@till/rpc/errors";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { OutgoingHttpHeaders } from "node:http";
import type { GatewayTelemetry } from "../telemetry.ts";
import { defaultTimeoutMs } from "../upstreams/upstream-transport.ts";

/** What a route is rejected by before its requests are read, and how. */
export type UnreadRejection = {
  /** The queue that its calls wait in. */
  readonly calls: Pick<CallQueue, "expect">;
  readonly respond: (overload: Overload, request: FastifyRequest) => UnreadResponse;
};

/** That there are too many calls. */
type Overload = { readonly error: ConnectError; readonly retryAfterMs: number };

/** A response of which all is known. */
export type UnreadResponse = {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
};

declare module "fastify" {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- it is merged with fastify's own
  interface FastifyContextConfig {
    unread?: UnreadRejection;
  }
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- so is this
  interface FastifyRequest {
    isRejectedUnread: boolean;
  }
}

/**
 * Rejects the requests that a service has no time for by their headers alone, before anything else is done for them. Under
 * an overload most requests are rejected: what a rejection costs is taken from those that are served. Requests that a
 * connection sends without waiting for responses have their turn first.
 */
export function rejectUnread(
  app: FastifyInstance,
  telemetry: Pick<GatewayTelemetry, "requestRejectedUnread">,
): void {
  app.decorateRequest("isRejectedUnread", false);
  app.addHook("onRequest", (request, reply, next) => {
    const { unread } = request.routeOptions.config;
    const { raw } = reply;
    const overload = unread && raw.socket ? overloadOf(unread.calls, request) : undefined;
    if (!overload) {
      next();
      return;
    }
    const { status, headers, body } = unread!.respond(overload, request);
    reply.hijack();
    request.isRejectedUnread = true;
    // Those of CORS.
    for (const [name, value] of Object.entries(reply.getHeaders())) raw.setHeader(name, value!);
    raw.writeHead(status, {
      ...headers,
      "content-length": Buffer.byteLength(body),
      "x-request-id": request.id,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    raw.end(body);
    telemetry.requestRejectedUnread({ method: request.method, route: request.routeOptions.url!, status });
  });
}

function overloadOf(calls: UnreadRejection["calls"], request: FastifyRequest): Overload | undefined {
  const retryAfterMs = calls.expect({
    remainingMs: defaultTimeoutMs,
    get peerAddress() {
      return request.ip;
    },
  });
  if (retryAfterMs === undefined) return undefined;
  let error = errors.get(retryAfterMs);
  if (!error) errors.set(retryAfterMs, (error = connectErrorFrom(overloaded(retryAfterMs), "")));
  return { error, retryAfterMs };
}

/** By their times, of which there are few. */
const errors = new Map<number, ConnectError>();
