import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { requestKeyOf, type Call } from "@till/rpc/server";
import type { Context, Decision } from "../rules/decision.ts";
import type { Order } from "../rules/order.ts";
import type { Reader } from "../store/order-reads.ts";
import { updateForCall, type CommandUpdates } from "../store/update-by-command.ts";
import { bookingOf, type Booking } from "../rules/booking.ts";
import { readableBooking } from "../queries/readable-booking.ts";

/** The fields that every command on a booking has. */
type BookingRequest = { readonly bookingId: string; readonly idempotencyKey: string };

/** What a command changes bookings with. */
export type BookingUpdates = CommandUpdates & { readonly db: Reader };

/** Decides on the order that a booking is a line of. */
type DecideBooking = (order: Order, bookingId: string, context: Context) => Decision;

/**
 * Carries out a command on a booking, as `updateByCommand` does on an order: a booking changes with its order.
 * Throws BOOKING_NOT_FOUND, IDEMPOTENCY_KEY_REUSED and what `decide` throws.
 */
export async function updateBooking<Schema extends DescMessage>(
  { db, ...updates }: BookingUpdates,
  schema: Schema,
  request: MessageShape<Schema> & BookingRequest,
  call: Call,
  decide: DecideBooking,
): Promise<Booking> {
  const { id, orderId } = await readableBooking(db, request.bookingId, call.caller);
  const hashed = { prefix: schema.typeName, schema, request: { ...request, bookingId: id } };
  const key = requestKeyOf(request.idempotencyKey, call, hashed);
  const order = await updateForCall(updates, { id: orderId, key }, call, (current, context) =>
    decide(current, id, context),
  );
  return bookingOf(order, id)!;
}
