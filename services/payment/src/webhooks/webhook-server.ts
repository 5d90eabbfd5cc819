import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { listenFailure, type Log } from "@till/telemetry";
import { inSpan } from "@till/tracing";
import type { AddressInfo } from "node:net";
import type { AuditLog } from "../audit/audit-log.ts";
import type { ProviderEvents } from "../store/provider-events.ts";
import { rejectionStatus, type PaymentNotice, type WebhookSource } from "./webhook-source.ts";
import type { WebhookTelemetry } from "./webhook-telemetry.ts";

export type WebhookServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly source: WebhookSource;
  /** Whether an event shows what is stored already: it is acknowledged, and nothing else is to be done. */
  readonly isKnown: (notice: PaymentNotice) => Promise<boolean>;
  readonly events: Pick<ProviderEvents, "record">;
  /** Called when a new event is stored. */
  readonly onRecorded: () => void;
  readonly audit: Pick<AuditLog, "rejected">;
  readonly telemetry: WebhookTelemetry;
  readonly log: Log;
  readonly now: () => Date;
};

export type WebhookServer = { readonly port: number; close(): Promise<void> };

/** The largest body of a webhook. */
const largestBytes = 64 * 1024;

/**
 * Starts the HTTP server of one provider's webhooks. An event that tells something new is acknowledged when it is
 * stored, and handled afterwards: the provider repeats it until then.
 */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { host, port, source, log } = options;
  const onError = errorHandler(log);
  const app = fastify({
    bodyLimit: largestBytes,
    requestTimeout: 10_000,
    connectionTimeout: 30_000,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    frameworkErrors: onError,
  });
  app.setErrorHandler(onError);
  app.setNotFoundHandler((_, reply) => respond(reply, 404, "NOT_FOUND"));
  keepRawBodies(app);
  const path = `/webhooks/${source.provider}`;
  const span = { kind: "server", parent: () => undefined } as const;
  app.post(path, (request, reply) => inSpan(`POST ${path}`, span, () => receive(options, request, reply)));
  await app.listen({ host, port }).catch((cause: unknown) => {
    throw listenFailure("webhooks", { host, port }, cause);
  });
  const { port: bound } = app.server.address() as AddressInfo;
  log.info({ host, port: bound, provider: source.provider }, "listening for webhooks");
  return { port: bound, close: () => app.close() };
}

async function receive(
  { source, isKnown, events, onRecorded, audit, telemetry, now }: WebhookServerOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { provider } = source;
  const at = now();
  const take = async (notice: PaymentNotice) => {
    if (await isKnown(notice)) return "known";
    return (await events.record(provider, notice, at)) ? "recorded" : "repeated";
  };
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const reading = source.read({ headers: request.headers, body, now: at });
  switch (reading.kind) {
    case "rejected": {
      const { code } = reading;
      const peerAddress = `${request.socket.remoteAddress ?? "unknown"}:${request.socket.remotePort ?? 0}`;
      telemetry.rejected(provider, code, peerAddress);
      // Without a valid signature the sender is not known to be the provider.
      audit.rejected({ actor: "anonymous", action: `webhooks/${provider}`, peerAddress, result: code });
      return respond(reply, rejectionStatus[code], code);
    }
    case "irrelevant":
      telemetry.irrelevant(provider);
      return reply.send({ received: true });
    case "notice": {
      const outcome = await take(reading);
      telemetry.received(provider, reading, outcome);
      if (outcome === "recorded") onRecorded();
      return reply.send({ received: true });
    }
  }
}

/** Keeps a body's bytes, whatever its content type: the signature covers them. */
function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
}

/** Maps errors to responses. An internal error is logged, and 503 makes the provider send the event again. */
function errorHandler(log: Log) {
  return (error: unknown, _: FastifyRequest, reply: FastifyReply): void => {
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    if (status >= 400 && status < 500) {
      void respond(reply, status, status === 413 ? "WEBHOOK_TOO_LARGE" : "WEBHOOK_MALFORMED");
      return;
    }
    log.error({ err: error }, "a webhook could not be stored");
    void respond(reply, 503, "UNAVAILABLE");
  };
}

function respond(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ error: { code, message: messages[code] ?? "not here" } });
}

const messages: Readonly<Record<string, string>> = {
  SIGNATURE_MISSING: "the signature header is missing",
  SIGNATURE_INVALID: "the signature does not fit the body",
  SIGNATURE_STALE: "the signature's time is too far from now",
  WEBHOOK_MALFORMED: "the body is no event",
  WEBHOOK_TOO_LARGE: "the body is too large",
  UNAVAILABLE: "send it again later",
};
