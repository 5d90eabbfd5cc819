import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import type { Booking } from "../rules/booking.ts";

/** A booking as clients see it. */
export function bookingToProto({ status, heldUntil, createdAt, updatedAt, ...booking }: Booking) {
  return {
    ...booking,
    status: BookingStatus[status],
    ...(status === "HELD" && { heldUntil: timestampFromDate(heldUntil) }),
    createdAt: timestampFromDate(createdAt),
    updatedAt: timestampFromDate(updatedAt),
  };
}
