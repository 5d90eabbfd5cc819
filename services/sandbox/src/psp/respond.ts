import type { FastifyReply } from "fastify";
import type { Delivery } from "./magic-tokens.ts";
import type { Outcome } from "./idempotency.ts";
import { pause, type Timers } from "./scheduler.ts";

/** Carries out a request and brings its answer as a magic token says. */
export type Deliver = (
  reply: FastifyReply,
  key: string,
  delivery: Delivery | undefined,
  carryOut: () => Outcome,
) => Promise<object | undefined>;

/** A caller that hangs up and repeats at once may be heard again before its hanging up is noticed. */
const hangUpMs = 100;

/** Nobody learns the answer to a key before its first caller could have. */
export function createDelivery(timers: Timers): Deliver {
  const late = new Map<string, Promise<void>>();
  const unanswered = new Set<string>();

  function lose(key: string, { raw }: FastifyReply): void {
    // A caller that has gone already sends no "close" any more.
    if (raw.destroyed) return;
    unanswered.add(key);
    raw.once("close", () => unanswered.delete(key));
  }

  return async (reply, key, delivery = "at-once", carryOut) => {
    if (delivery === "lost-request") return leaveWaiting(reply);
    const { answer, replayed } = carryOut();
    if (delivery === "no-answer") return leaveWaiting(reply);
    if (!replayed && delivery === "cut-off") return cutOff(reply);
    if (!replayed && delivery === "lost-answer") lose(key, reply);
    if (!replayed && typeof delivery === "object") {
      late.set(
        key,
        pause(timers, delivery.lateMs).finally(() => late.delete(key)),
      );
    }
    if (unanswered.has(key)) await pause(timers, hangUpMs);
    if (unanswered.has(key)) return leaveWaiting(reply);
    await late.get(key);
    await answer.after;
    if (replayed) reply.header("idempotent-replayed", "true");
    reply.code(answer.status);
    return answer.body;
  };
}

/** The socket stays open without a word until the caller, or the closing server, ends it. */
function leaveWaiting(reply: FastifyReply): undefined {
  reply.hijack();
}

function cutOff(reply: FastifyReply): undefined {
  reply.hijack();
  reply.raw.destroy();
}
