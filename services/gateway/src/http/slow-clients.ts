import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** How long a client may take, and how often its requests are looked at. */
type SlowClientLimits = {
  /** To send a request as a whole. HTTP/1.1 has this limit in Node itself. */
  readonly requestMs: number;
  /** To read anything of a response that waits for it. */
  readonly unreadMs: number;
  readonly checkMs: number;
};

type OpenRequest = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly startedAt: number;
  /** Bytes of the response that wait for the client, and since when they are as many. */
  waitingBytes: number;
  waitingSince: number;
};

/**
 * Ends requests that do not come to their end, and responses that are not read, so that what they hold is freed. A stream
 * on which nothing happens is neither.
 */
export function endSlowClients(
  app: FastifyInstance,
  { requestMs, unreadMs, checkMs }: SlowClientLimits,
): void {
  const open = new Set<OpenRequest>();
  app.addHook("onRequest", (request, reply, done) => {
    const now = performance.now();
    const entry = { request, reply, startedAt: now, waitingBytes: 0, waitingSince: now };
    open.add(entry);
    reply.raw.once("close", () => open.delete(entry));
    done();
  });

  function isSlow(entry: OpenRequest, now: number): boolean {
    const { reply, startedAt } = entry;
    const waitingBytes = waitingBytesOf(reply);
    if (waitingBytes !== entry.waitingBytes) Object.assign(entry, { waitingBytes, waitingSince: now });
    const isUnread = waitingBytes > 0 && now - entry.waitingSince > unreadMs;
    return isUnread || (!isComplete(entry) && now - startedAt > requestMs);
  }

  const timer = setInterval(() => {
    const now = performance.now();
    for (const entry of open) if (isSlow(entry, now)) end(entry.reply);
  }, checkMs);
  timer.unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(timer);
    done();
  });
}

/** A body that is left out over HTTP/2 is never read. */
function isComplete({ request, reply }: OpenRequest): boolean {
  return request.raw.complete || streamOf(reply)?.endAfterHeaders === true;
}

/** Over HTTP/2 the response of Node's compatibility API has its stream. */
const streamOf = ({ raw }: FastifyReply) =>
  "stream" in raw ? (raw as unknown as Http2Response).stream : undefined;
type Http2Response = { readonly stream: Http2Stream };
type Http2Stream = {
  readonly endAfterHeaders: boolean;
  readonly writableLength: number;
  close(code: number): void;
};

function waitingBytesOf(reply: FastifyReply): number {
  return (streamOf(reply) ?? reply.raw).writableLength;
}

const cancel = 8; // of HTTP/2

/** Ends the stream alone where a connection has several. */
function end(reply: FastifyReply): void {
  const stream = streamOf(reply);
  if (stream) stream.close(cancel);
  else reply.raw.destroy();
}
