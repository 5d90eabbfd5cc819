import { findDeadLetter } from "@till/events/operate";
import type { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import { deadLetterToProto } from "./dead-letter-to-proto.ts";
import { replay, type Replayer } from "./replay.ts";
import { requireDeadLetter } from "./require-dead-letter.ts";

/** OpsService.ReplayDeadLetter */
export function replayDeadLetterRpc(
  replayer: Replayer,
): UnaryHandler<typeof OpsService.method.replayDeadLetter> {
  return async ({ id, reason }, call) => {
    const letter = await requireDeadLetter(replayer.db, id);
    const outcome = await replay(replayer, letter, reason, call);
    const left = await findDeadLetter(replayer.db, letter.id);
    return { outcome, ...(left && { deadLetter: deadLetterToProto(left) }) };
  };
}
