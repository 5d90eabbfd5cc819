import type { Call } from "@till/rpc/server";
import type { Deps } from "./deps.ts";
import type { FollowUpContext } from "./rules/follow-up.ts";
import type { Context } from "./rules/decision.ts";

/** When and by whom a call's change is made. */
export function contextOf({ now }: Pick<Deps, "now">, call: Call): Context {
  const { caller, peerAddress, requestId } = call;
  return { now: now(), actor: `${caller.role}:${caller.id}`, origin: peerAddress, requestId };
}

/** The same, with an id for the operation that may follow. */
export function followUpContext({ newId }: Pick<Deps, "newId">, context: Context): FollowUpContext {
  return { ...context, operationId: newId() };
}
