import { discardDeadLetter } from "@till/events/operate";
import type { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import { transact, type Db } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import { deadLetterToProto } from "./dead-letter-to-proto.ts";
import { operatorOf, type RecordAction } from "./operator-action.ts";
import { requireDeadLetter } from "./require-dead-letter.ts";

type DiscardOptions = {
  readonly db: Pick<Db, "pool">;
  readonly recordAction: RecordAction;
  readonly now: () => Date;
};

/** OpsService.DiscardDeadLetter */
export function discardDeadLetterRpc({
  db,
  recordAction,
  now,
}: DiscardOptions): UnaryHandler<typeof OpsService.method.discardDeadLetter> {
  return async ({ id, reason }, call) => {
    const letter = await requireDeadLetter(db, id);
    const at = now();
    if (!letter.discardedAt) {
      await transact(db, async (tx) => {
        await discardDeadLetter(tx, letter.id, at);
        await recordAction(tx, {
          ...operatorOf(call),
          action: "DEAD_LETTER_DISCARDED",
          subject: letter.id,
          result: "DISCARDED",
          reason,
          eventType: letter.eventType,
          eventId: letter.eventId,
          at,
        });
      });
    }
    return { deadLetter: deadLetterToProto({ ...letter, discardedAt: letter.discardedAt ?? at }) };
  };
}
