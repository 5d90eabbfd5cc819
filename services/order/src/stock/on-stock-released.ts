import { readBody } from "@till/contracts";
import { inventoryEvents } from "@till/contracts/inventory-events";
import type { IncomingEvent } from "@till/events/consume";
import { recordStockReleased } from "../rules/cancel.ts";
import type { OrderUpdates } from "../store/update-by-command.ts";
import { updateByEvent } from "../store/update-by-event.ts";

/**
 * Consumes inventory.stock_release_processed. The release of an abandoned reservation has no order, and changes nothing.
 */
export function onStockReleased(updates: OrderUpdates): (event: IncomingEvent) => Promise<void> {
  return async (event) => {
    const { orderId, releasedAt } = readBody(
      inventoryEvents["inventory.stock_release_processed"],
      event.data,
    );
    await updateByEvent(
      updates,
      event,
      orderId,
      (order, context) => recordStockReleased(order, releasedAt, context),
      { ifUnknown: "skip" },
    );
  };
}
