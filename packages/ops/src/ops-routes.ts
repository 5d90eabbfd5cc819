import { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import { allow, implement } from "@till/rpc/server";
import { discardDeadLetterRpc } from "./discard-dead-letter.ts";
import { getDeadLetterRpc } from "./get-dead-letter.ts";
import { getLagRpc, type LagSources } from "./get-lag.ts";
import { listDeadLettersRpc } from "./list-dead-letters.ts";
import { listStuckRpc, type StuckSources } from "./list-stuck.ts";
import { replayDeadLetterRpc } from "./replay-dead-letter.ts";
import { replayDeadLettersRpc } from "./replay-dead-letters.ts";
import type { Replayer } from "./replay.ts";

export { registerBacklogGauges } from "./backlog-gauges.ts";
export type { OperatorAction } from "./operator-action.ts";
export { stuckQuery, type StuckQuery } from "./stuck.ts";

/** Every RPC of the OpsService over a service's own database, consumer and bus. */
export function opsRoutes(options: Replayer & LagSources & StuckSources) {
  return implement(OpsService, {
    listDeadLetters: allow(["admin"], listDeadLettersRpc(options)),
    getDeadLetter: allow(["admin"], getDeadLetterRpc(options)),
    replayDeadLetter: allow(["admin"], replayDeadLetterRpc(options)),
    replayDeadLetters: allow(["admin"], replayDeadLettersRpc(options)),
    discardDeadLetter: allow(["admin"], discardDeadLetterRpc(options)),
    listStuck: allow(["admin"], listStuckRpc(options)),
    getLag: allow(["admin"], getLagRpc(options)),
  });
}
