import { freePort } from "@till/embedded-postgres/free-port";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What a provider does that misbehaves; answers true where it has dealt with the request. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A door before the sandbox's provider that can be shut, or made to misbehave. */
export type PspDoor = {
  readonly url: string;
  /** How many requests have come, by method. */
  readonly seen: Record<string, number>;
  /** Undefined: requests go through to the sandbox. */
  misbehave(how: Misbehaviour | undefined): void;
  /** Lets every request to move money through and holds back its answer, until what it answers is called. */
  holdAnswers(): () => void;
  /** Refuses connections until `reopen`. */
  shut(): Promise<void>;
  reopen(): Promise<void>;
  close(): Promise<void>;
};

/** Opens the door. Behind it, `target` answers as it does; a caller that hangs up is hung up on there as well. */
export async function openPspDoor(target: string): Promise<PspDoor> {
  let how: Misbehaviour | undefined;
  const seen: Record<string, number> = {};
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const { method = "" } = request;
    seen[method] = (seen[method] ?? 0) + 1;
    if (!how?.(request, response)) pass(request, response, target).catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // Not one of those the system gives away: while the door is shut, nobody must be given its port.
  const port = await freePort();
  const listen = () => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen();

  function shut(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    sockets.forEach((socket) => socket.destroy());
    return closed;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    misbehave: (next) => void (how = next),
    holdAnswers() {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      how = ({ method }, response) => {
        if (method !== "POST") return false;
        const end = response.end.bind(response);
        response.end = (body: unknown) => (void released.then(() => end(body)), response);
        return false;
      };
      return () => {
        how = undefined;
        release();
      };
    },
    shut,
    reopen: listen,
    close: () => (server.listening ? shut() : Promise.resolve()),
  };
}

/** Answers as JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

async function pass(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { "idempotency-key": key, "content-type": type } = request.headers;
  // The ledger stands beside the versioned paths.
  const base = request.url?.startsWith("/ledger") ? target.replace(/\/v\d+$/, "") : target;
  const answer = await fetch(`${base}${request.url}`, {
    method: request.method!,
    headers: { ...(key && { "idempotency-key": String(key) }), ...(type && { "content-type": type }) },
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    signal: gone.signal,
  });
  json(response, answer.status, await answer.json());
}
