import type { FastifyInstance } from "fastify";
import type { Socket } from "node:net";

/** Requests of one HTTP/1.1 connection that may wait for the responses before them. */
const mostWaiting = 64;

/**
 * Serves the requests that one HTTP/1.1 connection sends without waiting for responses (pipelining) one after the other,
 * each when the response before it has been read: a client that reads nothing makes the server hold one response. A
 * connection on which too many wait is closed.
 */
export function serveInTurn(app: FastifyInstance): void {
  const waiting = new WeakMap<Socket, (() => void)[]>();
  app.addHook("onRequest", ({ raw }, reply, done) => {
    if (raw.httpVersionMajor !== 1) {
      done();
      return;
    }
    const { socket } = raw;
    const queue = waiting.get(socket);
    reply.raw.once("close", () => {
      const next = waiting.get(socket)?.shift();
      if (next && !socket.destroyed) next();
      else waiting.delete(socket);
    });
    if (!queue) {
      waiting.set(socket, []);
      done();
    } else if (queue.push(done) > mostWaiting) socket.destroy();
  });
}
