import type { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import type { Db } from "@till/postgres/statements";
import type { UnaryHandler } from "@till/rpc/server";
import { deadLetterToProto } from "./dead-letter-to-proto.ts";
import { requireDeadLetter } from "./require-dead-letter.ts";

/** OpsService.GetDeadLetter */
export function getDeadLetterRpc({
  db,
}: {
  readonly db: Pick<Db, "pool">;
}): UnaryHandler<typeof OpsService.method.getDeadLetter> {
  return async ({ id }) => ({ deadLetter: deadLetterToProto(await requireDeadLetter(db, id)) });
}
