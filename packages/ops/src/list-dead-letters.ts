import { listDeadLetters } from "@till/events/operate";
import type { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import type { Db } from "@till/postgres/statements";
import { idFromPageToken, pageOf, pageTokenFor, type UnaryHandler } from "@till/rpc/server";
import { deadLetterToProto } from "./dead-letter-to-proto.ts";

/** OpsService.ListDeadLetters: newest first, a keyset page at a time. */
export function listDeadLettersRpc({
  db,
}: {
  readonly db: Pick<Db, "pool">;
}): UnaryHandler<typeof OpsService.method.listDeadLetters> {
  return async (request) => {
    const filters = { eventType: request.eventType || undefined };
    const pageSize = request.pageSize || 50;
    const beforeId = idFromPageToken(request.pageToken, filters);
    const found = await listDeadLetters(db, { ...filters, beforeId, limit: pageSize + 1 });
    const { messages, nextPageToken } = pageOf(found, {
      pageSize,
      toMessage: deadLetterToProto,
      tokenAfter: ({ id }) => pageTokenFor(id, filters),
    });
    return { deadLetters: messages, nextPageToken };
  };
}
