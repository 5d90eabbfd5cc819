import { createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Caller } from "@till/rpc/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { appError } from "../errors.ts";
import type { Admission } from "../http/admission.ts";
import { forwardedHeaders } from "../http/forwarded-headers.ts";
import type { Routes } from "../http/http-server.ts";
import { sendJson, sendProblem } from "../http/problem.ts";
import { unreadProblem } from "../http/unread-problem.ts";
import type { Upstream } from "../upstreams/upstream.ts";
import { parseJson } from "./json-body.ts";
import { readInput } from "./read-input.ts";
import type { RestRoute } from "./rest-route.ts";

type RestOptions = {
  readonly routes: readonly RestRoute[];
  /** The service whose calls the routes are. */
  readonly upstream: Upstream;
  readonly order: Upstream;
  readonly payment: Upstream;
  readonly admission: Admission;
  readonly defaultCurrency: string;
};

/** Serves the routes: admits a request, reads it, lets its handler call the services, and sends what that returns. */
export function restRoutes(options: RestOptions): Routes {
  const { routes, upstream, admission } = options;
  const clients = {
    orders: createClient(OrderService, options.order.transport),
    payments: createClient(PaymentService, options.payment.transport),
    defaultCurrency: options.defaultCurrency,
  };
  const callers = new WeakMap<FastifyRequest, Caller>();

  async function serve(route: RestRoute, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    let isReplay = false;
    const options = {
      signal: leaving(reply),
      onTrailer: (trailer: Headers) => void (isReplay ||= trailer.has("idempotent-replay")),
    };
    try {
      const headers = forwardedHeaders((name) => headerOf(request, name), {
        requestId: request.id,
        address: request.ip,
      });
      const call = { ...clients, caller: callers.get(request)!, options: { ...options, headers } };
      const { status = 200, body, headers: extra } = await route.handle(readInput(route, request), call);
      if (isReplay) void reply.header("idempotent-replay", "true");
      if (extra) void reply.headers(extra);
      await sendJson(reply.code(status).type("application/json"), body);
    } catch (error) {
      await sendProblem(reply, error, route.nameField);
    }
  }

  return (app, _, done) => {
    readBodies(app);
    // Before the body is read.
    app.addHook("onRequest", async (request, reply) => {
      void reply.header("cache-control", "no-store");
      await admission.admitAddress(request.ip);
      callers.set(request, await admission.admitCaller(request.headers.authorization));
    });
    for (const route of routes) {
      const url = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
      app.route({
        ...{ method: route.method, url },
        config: { unread: { calls: upstream.calls, respond: unreadProblem } },
        handler: (request, reply) => serve(route, request, reply),
      });
    }
    done();
  };
}

/** Bodies are JSON, without compression: what is 1 MiB on the wire is so in memory. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity") {
      done(appError("UNSUPPORTED_MEDIA_TYPE", "send the body without compression"));
      return;
    }
    try {
      done(null, body.length === 0 ? undefined : parseJson(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Aborts when the client goes before it has its response. */
function leaving({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
