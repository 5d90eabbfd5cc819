import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { freePort } from "@till/embedded-postgres/free-port";
import type { StackServer, StartOptions } from "./stack-server.ts";
import { claimPort } from "./claim-port.ts";
import { serverProcess } from "./server-process.ts";
import { versionOf } from "./version-of.ts";

export type RedisServer = StackServer & {
  readonly url: string;
  /** Over TLS, where the stack has it. */
  readonly tlsUrl: string | undefined;
};

export async function redisIsMissing(): Promise<string | undefined> {
  if ((await versionOf("redis-server", "--version")) !== undefined) return undefined;
  return "redis-server is not on the PATH (Debian: apt-get install redis-server)";
}

/** `redis-server` from the PATH. Its data is saved when it is stopped, and lost when it is killed. */
export async function startRedis({ folder, port: wanted, tls, log }: StartOptions): Promise<RedisServer> {
  const port = await claimPort("Redis", wanted);
  const data = join(folder, "redis");
  await mkdir(data, { mode: 0o700 });
  const tlsPort = tls && (await freePort());
  const server = serverProcess({
    name: "Redis",
    command: "redis-server",
    args: [
      ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", data, "--save", "3600 1"],
      ...(tls ? ["--tls-port", `${tlsPort}`, "--tls-auth-clients", "no"] : []),
      ...(tls ? ["--tls-cert-file", tls.cert, "--tls-key-file", tls.key, "--tls-ca-cert-file", tls.ca] : []),
    ],
    folder,
    whenReady: () => requirePong(port),
    log,
  });
  await server.start();
  const { start, stop, kill } = server;
  const tlsUrl = tls && `rediss://localhost:${tlsPort}`;
  return { port, url: `redis://127.0.0.1:${port}`, tlsUrl, start, stop, discard: kill };
}

/** Not only an open port: while it loads its data Redis replies -LOADING. */
async function requirePong(port: number): Promise<void> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  try {
    socket.write("PING\r\n");
    const [reply] = (await once(socket, "data", { signal: AbortSignal.timeout(1_000) })) as [Buffer];
    if (!reply.toString().startsWith("+PONG")) throw new Error(`Redis replies ${reply.toString().trim()}`);
  } finally {
    socket.destroy();
  }
}
