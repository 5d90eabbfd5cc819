import type { IncomingEvent } from "@till/events/consume";
import { z } from "zod";
import { recordStockReleased } from "../rules/cancel.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** The topic of the inventory. */
export const inventoryTopic = "inventory.events";

/**
 * Consumes inventory.stock_release_processed. The release of an abandoned reservation has no order, and changes nothing.
 */
export function onStockReleased(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const { orderId, releasedAt } = released.parse(event.data);
    await updateByEvent(
      updates,
      event,
      orderId,
      (order, context) => recordStockReleased(order, releasedAt, context),
      { ifUnknown: "skip" },
    );
  };
}

const released = z.object({
  orderId: z.guid().toLowerCase(),
  releasedAt: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
});
