import { freePort } from "@till/embedded-postgres/free-port";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Responds to a request instead of the provider; returns false to forward the request. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A proxy in front of the sandbox's provider, for provider failures. */
export type PspProxy = {
  readonly url: string;
  /** Requests received, by method. */
  readonly requestCounts: Record<string, number>;
  /** Undefined: every request is forwarded. */
  intercept(interceptor: Interceptor | undefined): void;
  /** Forwards every POST and holds its response back until the returned function is called. */
  holdResponses(): () => void;
  /** Closes the port and every connection until `reconnect`. */
  disconnect(): Promise<void>;
  reconnect(): Promise<void>;
  close(): Promise<void>;
};

/** Starts the proxy before `target`. A request that its client aborts is aborted at the target as well. */
export async function startPspProxy(target: string): Promise<PspProxy> {
  let interceptor: Interceptor | undefined;
  const requestCounts: Record<string, number> = {};
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const { method = "" } = request;
    requestCounts[method] = (requestCounts[method] ?? 0) + 1;
    if (!interceptor?.(request, response)) forward(request, response, target).catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // Outside the ephemeral range: no other process may take the port while the proxy is disconnected.
  const port = await freePort();
  const listen = () => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen();

  function disconnect(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    sockets.forEach((socket) => socket.destroy());
    return closed;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    requestCounts,
    intercept: (next) => void (interceptor = next),
    holdResponses() {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      interceptor = ({ method }, response) => {
        if (method !== "POST") return false;
        const end = response.end.bind(response);
        response.end = (body: unknown) => (void released.then(() => end(body)), response);
        return false;
      };
      return () => {
        interceptor = undefined;
        release();
      };
    },
    disconnect,
    reconnect: listen,
    close: () => (server.listening ? disconnect() : Promise.resolve()),
  };
}

/** Responds with JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

async function forward(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
  const hungUp = new AbortController();
  response.once("close", () => hungUp.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { "idempotency-key": key, "content-type": type } = request.headers;
  // The ledger's path has no version.
  const base = request.url?.startsWith("/ledger") ? target.replace(/\/v\d+$/, "") : target;
  const forwarded = await fetch(`${base}${request.url}`, {
    method: request.method!,
    headers: { ...(key && { "idempotency-key": String(key) }), ...(type && { "content-type": type }) },
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    signal: hungUp.signal,
  });
  json(response, forwarded.status, await forwarded.json());
}
