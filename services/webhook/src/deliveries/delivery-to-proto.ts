import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { DeliveryStatus, type DeliverySchema } from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { DeliveryWithAttempts } from "../store/deliveries.ts";

/** A delivery as callers see it. */
export function deliveryToProto(delivery: DeliveryWithAttempts): MessageInitShape<typeof DeliverySchema> {
  const { id, endpointId, eventId, eventType, orderId, status, createdAt, endedAt, attempts } = delivery;
  return {
    ...{ id, endpointId, eventId, eventType, orderId },
    status: DeliveryStatus[status],
    createdAt: timestampFromDate(createdAt),
    ...(endedAt && { endedAt: timestampFromDate(endedAt) }),
    attempts: attempts.map(({ sentAt, statusCode, error, durationMs }) => ({
      sentAt: timestampFromDate(sentAt),
      statusCode: statusCode ?? 0,
      error: error ?? "",
      durationMs,
    })),
  };
}
