import { z } from "zod";
import type { OrderEvent } from "@till/gen/till/order/v1/order_pb";
import { schemas } from "./components.ts";
import { momentToJson, shown } from "./fields.ts";

/** An entry of an order's history under `/api/v1`. */
export const shownEvent = schemas.response(
  "OrderEventV1",
  z.strictObject({
    order_event_id: shown.uuid,
    event_type: shown.text.meta({ example: "ORDER_CREATED" }),
    payload: z.record(z.string(), z.unknown()),
    created_at: shown.time,
    actor: shown.text,
    reason: shown.text.optional(),
  }),
);

/** Returns a history entry as `shownEvent` describes it. */
export function eventToJson({ id, type, payload, createdAt, actor, reason }: OrderEvent) {
  return {
    order_event_id: id,
    event_type: type,
    payload: payload ?? {},
    created_at: momentToJson(createdAt),
    actor,
    reason: reason || undefined,
  };
}
