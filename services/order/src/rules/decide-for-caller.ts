import { AppError } from "@till/rpc/errors";
import type { Context, Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { allowedBookingStatuses, allowedStatuses, type Asker } from "./explain-actions.ts";
import type { Order } from "./order.ts";

/**
 * Decides on a caller's command. An ILLEGAL_TRANSITION that the rule throws gets `allowed`: the statuses that this caller
 * may bring the order, or the booking, to now; of an order they are those that ExplainOrder allows.
 */
export function decideForCaller(
  order: Order,
  asker: Asker,
  decide: (order: Order, context: Context) => Decision,
): Decision {
  try {
    return decide(order, asker.context);
  } catch (error) {
    if (!(error instanceof AppError) || error.reason !== "ILLEGAL_TRANSITION") throw error;
    const { booking_id: bookingId } = error.facts.metadata ?? {};
    const statuses = bookingId
      ? allowedBookingStatuses(order, bookingId, asker)
      : allowedStatuses(order, asker);
    const metadata = { ...error.facts.metadata, allowed: statuses.join(",") };
    throw appError("ILLEGAL_TRANSITION", error.message, { ...error.facts, metadata, cause: error });
  }
}
