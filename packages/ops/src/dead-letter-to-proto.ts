import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DeadLetter } from "@till/events/operate";
import type { DeadLetterSchema } from "@till/gen/till/ops/v1/ops_service_pb";

/** A dead letter as the API shows it. */
export function deadLetterToProto(letter: DeadLetter): MessageInitShape<typeof DeadLetterSchema> {
  const { record, discardedAt } = letter;
  return {
    id: letter.id,
    topic: record.topic,
    key: record.key,
    eventId: letter.eventId,
    eventType: letter.eventType,
    reason: letter.reason,
    attempts: letter.tries,
    failedAt: timestampFromDate(letter.lastSeenAt),
    body: record.value,
    headers: record.headers,
    consumerGroup: letter.group,
    firstSeenAt: timestampFromDate(letter.firstSeenAt),
    ...(discardedAt && { discardedAt: timestampFromDate(discardedAt) }),
  };
}
