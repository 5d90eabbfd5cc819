import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { freePort } from "../../embedded-postgres/src/free-port.ts";

export type RedisProxy = {
  readonly url: string;
  /** How often a client has sent something. */
  readonly sent: () => number;
  /** Holds every reply back for so long; Infinity is a server that has stopped answering. */
  delayReplies(ms: number): void;
  /** Closes every connection and rejects new ones, like a server that was killed. */
  die(): Promise<void>;
  revive(): Promise<void>;
};

/** Stands between a store and its Redis and makes it slow, silent or dead. Without a Redis it never responds. */
export async function redisProxy(redisUrl: string | undefined): Promise<RedisProxy> {
  const sockets = new Set<Socket>();
  let server: Server;
  let delayMs = 0;
  let sent = 0;
  // Its own also while it is dead; one from listen(0) could be in use by then.
  const port = await freePort();

  function join(client: Socket): void {
    track(client).on("data", () => (sent += 1));
    if (redisUrl === undefined) return;
    const { hostname, port: redisPort } = new URL(redisUrl);
    const redis = track(connect(Number(redisPort || 6379), hostname));
    client.pipe(redis);
    client.on("close", () => redis.destroy());
    redis.on("close", () => client.destroy());
    redis.on("data", (reply) => {
      if (delayMs === 0) client.write(reply);
      else if (delayMs !== Infinity) setTimeout(() => client.write(reply), delayMs);
    });
  }

  function track(socket: Socket): Socket {
    sockets.add(socket);
    // A cut connection is what these tests are about.
    return socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  }

  async function revive(): Promise<void> {
    server = createServer(join).listen(port, "127.0.0.1");
    await once(server, "listening");
  }

  await revive();
  return {
    url: `redis://127.0.0.1:${port}`,
    sent: () => sent,
    delayReplies: (ms) => (delayMs = ms),
    revive,
    async die() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
