import { EventTooEarly, type IncomingEvent } from "@till/events";
import { reasonOf } from "@till/rpc";
import type { Deps } from "./deps.ts";
import type { Context, Decision, Order } from "./order.ts";

/** Applies an event to its order once. An order that is not known yet is a reason to try again later. */
export async function updateByEvent(
  { store, now, telemetry }: Pick<Deps, "store" | "now" | "telemetry">,
  event: IncomingEvent,
  orderId: string,
  decide: (order: Order, context: Context) => Decision,
): Promise<void> {
  try {
    const context = { now: now(), actor: `event:${event.type}` };
    const order = await store.update({
      id: orderId,
      eventId: event.id,
      decide: (current) => decide(current, context),
    });
    telemetry.orderMoved(order);
  } catch (cause) {
    if (reasonOf(cause) === "ORDER_NOT_FOUND")
      throw new EventTooEarly(`order ${orderId} is not known yet`, { cause });
    throw cause;
  }
}
