import type { FastifyReply } from "fastify";
import type { KeyedResponse } from "./idempotency.ts";
import type { ResponseFault } from "./magic-tokens.ts";
import { pause, type Scheduler } from "./scheduler.ts";

/** Executes a request and sends its response with the fault of its token, if it has one. */
export type Respond = (
  reply: FastifyReply,
  key: string,
  fault: ResponseFault | undefined,
  execute: () => KeyedResponse,
) => Promise<object | undefined>;

/** A client's repeat may arrive before the server notices that the client closed its first connection. */
const disconnectMs = 100;

/** No repeat of a key is answered before the key's first request could have been. */
export function createResponder(scheduler: Scheduler): Respond {
  const delayed = new Map<string, Promise<void>>();
  const unanswered = new Set<string>();

  function withholdUntilDisconnect(key: string, { raw }: FastifyReply): void {
    // A connection that has closed already emits no "close".
    if (raw.destroyed) return;
    unanswered.add(key);
    raw.once("close", () => unanswered.delete(key));
  }

  return async (reply, key, fault, execute) => {
    if (fault === "request-lost") return leaveOpen(reply);
    const { response, replayed } = execute();
    if (fault === "never-answered") return leaveOpen(reply);
    if (!replayed && fault === "connection-reset") return reset(reply);
    if (!replayed && fault === "response-lost") withholdUntilDisconnect(key, reply);
    if (!replayed && typeof fault === "object") {
      delayed.set(
        key,
        pause(scheduler, fault.delayMs).finally(() => delayed.delete(key)),
      );
    }
    if (unanswered.has(key)) await pause(scheduler, disconnectMs);
    if (unanswered.has(key)) return leaveOpen(reply);
    await delayed.get(key);
    await response.sentAfter;
    if (replayed) reply.header("idempotent-replayed", "true");
    reply.code(response.status);
    return response.body;
  };
}

/** Sends nothing; the connection stays open until the client or the closing server ends it. */
function leaveOpen(reply: FastifyReply): undefined {
  reply.hijack();
}

function reset(reply: FastifyReply): undefined {
  reply.hijack();
  reply.raw.destroy();
}
