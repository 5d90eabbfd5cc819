import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UsageError } from "../usage-error.ts";

/** A webhook as Till has posted it. */
export type PostedWebhook = {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

/** Where Till's webhooks come in on this machine. */
export type WebhookReceiver = {
  readonly port: number;
  /** The only path that is served. It is random: what comes in by it was sent by one who was given it. */
  readonly path: string;
  /** Stops and waits for nothing. */
  close(): void;
};

const largestBodyBytes = 1024 * 1024;

/** Listens for webhooks. `accept` decides the response's status. Throws a UsageError where the port is taken. */
export async function startWebhookReceiver(
  { host, port }: { readonly host: string; readonly port: number },
  accept: (webhook: PostedWebhook) => Promise<number>,
): Promise<WebhookReceiver> {
  const path = `/${randomBytes(16).toString("hex")}`;
  const server = createServer((request, response) => {
    statusOf(request, path, accept).then(
      (status) => response.writeHead(status).end(),
      () => respondFailed(request, response),
    );
  });
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`, {
      cause: error,
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    path,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function statusOf(
  request: IncomingMessage,
  path: string,
  accept: (webhook: PostedWebhook) => Promise<number>,
): Promise<number> {
  if (request.url !== path) return 404;
  if (request.method !== "POST") return 405;
  const body = await bodyOf(request);
  return body === undefined ? 413 : accept({ headers: request.headers, body });
}

/** The body, or undefined where it is too large. Throws where the connection is cut. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= largestBodyBytes) chunks.push(chunk);
  }
  return bytes <= largestBodyBytes ? Buffer.concat(chunks).toString("utf8") : undefined;
}

function respondFailed(request: IncomingMessage, response: ServerResponse): void {
  if (!request.destroyed) response.writeHead(500).end();
}
