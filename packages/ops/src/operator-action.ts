import type { Call } from "@till/rpc/server";
import type { PoolClient } from "pg";

/** What an operator did to a dead letter, and what came of it. */
export type OperatorAction = {
  /** The operator, as role:id. */
  readonly actor: string;
  readonly action: "DEAD_LETTER_REPLAYED" | "DEAD_LETTER_DISCARDED";
  /** Id of the dead letter. */
  readonly subject: string;
  /** The outcome of a replay; DISCARDED. */
  readonly result: string;
  readonly reason: string;
  readonly requestId: string;
  readonly eventType: string;
  readonly eventId: string;
  readonly at: Date;
};

/** Records an operator's action in the transaction of its effect. */
export type RecordAction = (tx: PoolClient, action: OperatorAction) => Promise<void>;

/** The operator of a call. */
export function operatorOf({ caller, requestId }: Call): Pick<OperatorAction, "actor" | "requestId"> {
  return { actor: `${caller.role}:${caller.id}`, requestId };
}
