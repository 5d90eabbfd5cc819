import { holdsSeats } from "./booking.ts";
import type { Order, OrderItem } from "./order.ts";

type Lines = { readonly items: readonly OrderItem[] };

/** Whether the session of a line has begun; never where it has no fixed time. */
export function hasBegun({ startsAt }: OrderItem, now: Date): boolean {
  return startsAt !== undefined && startsAt <= now;
}

/** When an unpaid order expires: at the given time, or when the first of its sessions begins, if that is earlier. */
export function expiryOf({ items }: Lines, latest: Date): Date {
  const beginnings = items.flatMap(({ startsAt }) => (startsAt ? [startsAt.getTime()] : []));
  return new Date(Math.min(latest.getTime(), ...beginnings));
}

/** Whether a paid order was used: a session that it has seats in has begun, or its seats were used or left empty. */
export function isUsed({ items }: Pick<Order, "items">, now: Date): boolean {
  return items.some(
    (item) =>
      item.booking === "COMPLETED" ||
      item.booking === "NO_SHOW" ||
      (holdsSeats(item.booking) && hasBegun(item, now)),
  );
}
