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

/** When the last session of an order that it has seats in has ended, by its beginning where its end is not known. */
export function lastSessionEnd({ items }: Lines): Date | undefined {
  const ends = items.flatMap(({ booking, startsAt, endsAt }) => {
    const end = endsAt ?? startsAt;
    return holdsSeats(booking) && end ? [end.getTime()] : [];
  });
  return ends.length > 0 ? new Date(Math.max(...ends)) : undefined;
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
