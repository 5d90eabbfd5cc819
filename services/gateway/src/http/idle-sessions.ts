import type { FastifyInstance } from "fastify";
import type { Http2SecureServer, ServerHttp2Session } from "node:http2";

type Options = {
  /** From its start to its first request. */
  readonly openingMs: number;
  /** From the end of its last request to the next one. */
  readonly idleMs: number;
};

/**
 * Ends sessions of HTTP/2 on which no request comes, whatever else their clients send, as Node does with connections of
 * HTTP/1.1. One timer is for all of them.
 */
export function endIdleSessions(app: FastifyInstance, { openingMs, idleMs }: Options): void {
  const idle = new Map<ServerHttp2Session, number>();
  (app.server as unknown as Http2SecureServer).on("session", (session) => {
    let streams = 0;
    idle.set(session, performance.now() + openingMs);
    session.once("close", () => idle.delete(session));
    session.on("stream", (stream) => {
      streams += 1;
      idle.delete(session);
      stream.once("close", () => {
        streams -= 1;
        if (streams === 0 && !session.destroyed) idle.set(session, performance.now() + idleMs);
      });
    });
  });
  const timer = setInterval(
    () => {
      const now = performance.now();
      for (const [session, endsAt] of idle) if (endsAt < now) session.destroy();
    },
    Math.min(1_000, openingMs, idleMs),
  );
  timer.unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(timer);
    done();
  });
}
