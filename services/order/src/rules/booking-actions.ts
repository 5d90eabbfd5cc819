import type { Role } from "./access.ts";
import { cancelBooking } from "./cancel-booking.ts";
import { endBooking } from "./change-booking.ts";
import type { Context, Decision } from "./decision.ts";
import type { BookingStatus, Order } from "./order.ts";
import type { Policies } from "./policies.ts";

/** A command on a booking: its RPC, the status it leads to, and the roles that may call it. */
type BookingAction = {
  readonly rpc: string;
  readonly to: BookingStatus;
  readonly roles: readonly Role[];
  /** Decides as the RPC would for a caller who may read the booking, with valid input. */
  readonly try: (order: Order, bookingId: string, context: Context, policies: Policies) => Decision;
};

/** Every command that changes the status of a booking. */
export const bookingActions: readonly BookingAction[] = [
  {
    rpc: "CancelBooking",
    to: "CANCELLED",
    roles: ["user", "admin", "service"],
    try: (order, id, context, { cancelAfterPaid: afterPaid, bookingChangeCutoffMs }) => {
      const by = context.actor.startsWith("user:") ? "USER" : "ADMIN";
      return cancelBooking(order, id, { by, remark: "", afterPaid, bookingChangeCutoffMs }, context);
    },
  },
  ...(["COMPLETED", "NO_SHOW"] as const).map((to): BookingAction => {
    const rpc = to === "COMPLETED" ? "CompleteBooking" : "MarkNoShow";
    return {
      rpc,
      to,
      roles: ["service", "admin"],
      try: (order, id, context) => endBooking(order, id, to, context),
    };
  }),
];
