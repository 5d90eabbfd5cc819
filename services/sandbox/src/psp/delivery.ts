import type { FastifyReply } from "fastify";
import { setTimeout as delay } from "node:timers/promises";
import type { Behaviour } from "./magic-tokens.ts";
import type { Outcome } from "./once.ts";

const lateMs = 1_000;

/** A caller that hangs up and repeats at once may be heard again before its hanging up is noticed. */
const hangUpMs = 100;

/**
 * Carries out a request and brings its answer as a behaviour says: at once, late or not at all.
 * Nobody learns the answer to a key before its first caller could have.
 */
export function createDelivery() {
  const late = new Map<string, Promise<void>>();
  const unanswered = new Set<string>();

  function lose(key: string, { raw }: FastifyReply): void {
    // A caller that has gone already sends no "close" any more.
    if (raw.destroyed) return;
    unanswered.add(key);
    raw.once("close", () => unanswered.delete(key));
  }

  return async (
    reply: FastifyReply,
    key: string,
    delivery: Behaviour["delivery"],
    carryOut: () => Outcome,
  ): Promise<object | undefined> => {
    if (delivery === "lost-request") return leaveWaiting(reply);
    const { answer, replayed } = carryOut();
    if (!replayed && delivery === "lost-answer") lose(key, reply);
    if (!replayed && delivery === "late")
      late.set(
        key,
        pause(lateMs).finally(() => late.delete(key)),
      );
    if (unanswered.has(key)) await pause(hangUpMs);
    if (unanswered.has(key)) return leaveWaiting(reply);
    await late.get(key);
    if (replayed) reply.header("idempotent-replayed", "true");
    reply.code(answer.status);
    return answer.body;
  };
}

/** The socket stays open without a word until the caller, or the closing server, ends it. */
function leaveWaiting(reply: FastifyReply): undefined {
  reply.hijack();
}

function pause(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}
