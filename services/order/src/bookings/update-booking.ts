import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { requestKeyOf, type Call } from "@till/rpc/server";
import type { Context, Decision } from "../rules/decision.ts";
import type { Deps } from "../deps.ts";
import type { Order } from "../rules/order.ts";
import { carryOut, contextOf } from "../store/update-by-command.ts";
import { bookingOf, type Booking } from "../rules/booking.ts";
import { getBooking } from "../queries/get-booking.ts";

/** What every command on a booking says. */
export type BookingRequest = { readonly bookingId: string; readonly idempotencyKey: string };

/** Decides on the order that a booking is a line of. */
export type DecideBooking = (order: Order, bookingId: string, context: Context) => Decision;

/**
 * Carries out a caller's command on a booking, as `updateByCommand` does on an order: a booking changes with its order.
 * Throws BOOKING_NOT_FOUND, IDEMPOTENCY_KEY_REUSED and what `decide` throws.
 */
export async function updateBooking<Schema extends DescMessage>(
  deps: Pick<Deps, "db" | "store" | "now" | "telemetry">,
  schema: Schema,
  request: MessageShape<Schema> & BookingRequest,
  call: Call,
  decide: DecideBooking,
): Promise<Booking> {
  const { id, orderId } = await getBooking(deps, request.bookingId, call.caller);
  const hashed = { prefix: schema.typeName, schema, request: { ...request, bookingId: id } };
  const key = requestKeyOf(request.idempotencyKey, call, hashed);
  const context = contextOf(deps, call);
  const order = await carryOut(deps, orderId, key, call, (current) => decide(current, id, context));
  return bookingOf(order, id)!;
}
