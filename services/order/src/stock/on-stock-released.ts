import type { IncomingEvent } from "@till/events/consume";
import { z } from "zod";
import { recordStockReleased } from "../rules/cancel.ts";
import type { Deps } from "../deps.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/** The topic the inventory speaks on. */
export const inventoryTopic = "inventory.events";

/**
 * Consumes inventory.stock_release_processed: the goods are back (spec S3.15, C14). Goods that were set aside for an
 * order that never came to be are released, too; there is nothing to record then.
 */
export function onStockReleased(deps: Deps): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const { orderId, releasedAt } = released.parse(event.data);
    await updateByEvent(
      deps,
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
