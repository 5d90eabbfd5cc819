import { freePort } from "@till/embedded-postgres/free-port";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Responds to a request instead of the provider; returns false to forward the request. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Ends a response in another way than the provider did. */
type Replacement = (response: ServerResponse) => void;

/** A proxy in front of a provider, for provider failures. */
export type PspProxy = {
  readonly url: string;
  /** Requests received, by method. */
  readonly requestCounts: Record<string, number>;
  /** Undefined: every request is forwarded. */
  intercept(interceptor: Interceptor | undefined): void;
  /** Forwards the next POST, and responds to its client otherwise. */
  replaceNextResponse(replacement: Replacement): void;
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
  let replacement: Replacement | undefined;
  const requestCounts: Record<string, number> = {};
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const { method = "" } = request;
    requestCounts[method] = (requestCounts[method] ?? 0) + 1;
    if (interceptor?.(request, response)) return;
    const respond = method === "POST" ? replacement : undefined;
    if (respond) replacement = undefined;
    forward(request, response, target, respond).catch(() => response.destroy());
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
    replaceNextResponse: (next) => void (replacement = next),
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

/** Headers that are of one connection. */
const perConnection = new Set(["connection", "keep-alive", "transfer-encoding", "host", "content-length"]);

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  replacement: Replacement | undefined,
): Promise<void> {
  const hungUp = new AbortController();
  // A response that is replaced is the proxy's own loss: the provider does its work.
  if (!replacement) response.once("close", () => hungUp.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.entries(request.headers).filter(([name]) => !perConnection.has(name));
  // The ledger's path has no version.
  const base = request.url?.startsWith("/ledger") ? target.replace(/\/v\d+$/, "") : target;
  const forwarded = await fetch(`${base}${request.url}`, {
    method: request.method!,
    headers: headers as [string, string][],
    redirect: "manual",
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    signal: hungUp.signal,
  });
  const body = await forwarded.text();
  if (replacement) return replacement(response);
  const type = forwarded.headers.get("content-type") ?? "application/json";
  response.writeHead(forwarded.status, { "content-type": type }).end(body);
}
