import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { EndpointSchema } from "@till/gen/till/webhook/v1/webhook_service_pb";
import type { Endpoint } from "../rules/endpoint.ts";

/** An endpoint as callers see it. */
export function endpointToProto(endpoint: Endpoint): MessageInitShape<typeof EndpointSchema> {
  const { id, ownerId, url, eventTypes, description, disabledReason, pausedUntil, createdAt, updatedAt } =
    endpoint;
  return {
    ...{ id, ownerId, url, eventTypes: [...eventTypes], description },
    disabled: disabledReason !== null,
    disabledReason: disabledReason ?? "",
    createdAt: timestampFromDate(createdAt),
    updatedAt: timestampFromDate(updatedAt),
    ...(pausedUntil && { pausedUntil: timestampFromDate(pausedUntil) }),
  };
}
