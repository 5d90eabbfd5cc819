import { deadLetterIds, findDeadLetter } from "@till/events/operate";
import { ReplayOutcome, type OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { replay, type Replayer } from "./replay.ts";

/** The number of dead letters that one call takes at most. */
const mostAtOnce = 10_000;

/** OpsService.ReplayDeadLetters: one after the other, so that one order's events stay in order. */
export function replayDeadLettersRpc(
  replayer: Replayer,
): UnaryHandler<typeof OpsService.method.replayDeadLetters> {
  return async ({ eventType, dryRun, reason }, call) => {
    const ids = await deadLetterIds(replayer.db, eventType, mostAtOnce);
    const counts = { matched: ids.length, replayed: 0, failed: 0 };
    if (dryRun) return counts;
    for (const id of ids) {
      call.requireTime();
      const letter = await findDeadLetter(replayer.db, id);
      if (!letter || letter.discardedAt) continue; // a concurrent operator was quicker
      const outcome = await replay(replayer, letter, reason, call);
      if (outcome === ReplayOutcome.FAILED) counts.failed += 1;
      else counts.replayed += 1;
    }
    return counts;
  };
}
