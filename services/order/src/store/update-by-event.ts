import { EventTooEarly, type IncomingEvent } from "@till/events/consume";
import { reasonOf } from "@till/rpc/errors";
import type { Context, Decision } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import type { OrderUpdates } from "./update-by-command.ts";

/**
 * Applies an event to its order once. Throws EventTooEarly for an unknown order, or does nothing where `ifUnknown` is
 * `skip`.
 */
export async function updateByEvent(
  { store, now }: OrderUpdates,
  event: IncomingEvent,
  orderId: string,
  decide: (order: Order, context: Context) => Decision,
  { ifUnknown = "wait" }: { readonly ifUnknown?: "wait" | "skip" } = {},
): Promise<void> {
  try {
    const context = { now: now(), actor: `event:${event.type}` };
    await store.update({
      id: orderId,
      eventId: event.id,
      decide: (current) => decide(current, context),
      traceparent: event.traceparent,
    });
  } catch (cause) {
    if (reasonOf(cause) !== "ORDER_NOT_FOUND") throw cause;
    if (ifUnknown === "wait") throw new EventTooEarly(`order ${orderId} is not known yet`, { cause });
  }
}
