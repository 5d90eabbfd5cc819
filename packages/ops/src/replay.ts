import type { Consumer } from "@till/events/consume";
import { deleteDeadLetter, type DeadLetter } from "@till/events/operate";
import { ReplayOutcome } from "@till/gen/till/ops/v1/ops_service_pb";
import { transact, type Db } from "@till/postgres/statements";
import type { Call } from "@till/rpc/server";
import { operatorOf, type RecordAction } from "./operator-action.ts";

/** What a replay touches. */
export type Replayer = {
  readonly db: Pick<Db, "pool">;
  readonly consumer: Pick<Consumer, "replay">;
  readonly recordAction: RecordAction;
  readonly now: () => Date;
};

const outcomes = {
  handled: ReplayOutcome.HANDLED,
  early: ReplayOutcome.PARKED,
  skipped: ReplayOutcome.SKIPPED,
  poison: ReplayOutcome.FAILED,
} as const;

/**
 * Gives a dead letter's event to its handler once, then deletes the dead letter unless the event failed again, and
 * records the replay with its outcome. A repeat after a crash in between finds the event applied.
 */
export async function replay(
  { db, consumer, recordAction, now }: Replayer,
  letter: DeadLetter,
  reason: string,
  call: Call,
): Promise<ReplayOutcome> {
  const { kind } = await consumer.replay(letter.record);
  const outcome = outcomes[kind];
  await transact(db, async (tx) => {
    if (outcome !== ReplayOutcome.FAILED) await deleteDeadLetter(tx, letter.id);
    await recordAction(tx, {
      ...operatorOf(call),
      action: "DEAD_LETTER_REPLAYED",
      subject: letter.id,
      result: ReplayOutcome[outcome],
      reason,
      eventType: letter.eventType,
      eventId: letter.eventId,
      at: now(),
    });
  });
  return outcome;
}
