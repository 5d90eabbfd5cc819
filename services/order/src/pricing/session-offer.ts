import type { AskedLine } from "../checkout/create-order-request.ts";
import { appError } from "../rules/errors.ts";
import type { Session } from "../upstreams/sessions.ts";
import type { Offer } from "./offers.ts";

/** A session as it is offered now. Throws SESSION_NOT_FOUND or SESSION_UNAVAILABLE. */
export function sessionOffer(
  { kind, refId, quantity }: AskedLine,
  session: Session | undefined,
  now: Date,
): Offer {
  if (!session) throw appError("SESSION_NOT_FOUND", `no session ${refId}`, { metadata: { id: refId } });
  const { title: name, price: unitPrice, capacity, bookable, startsAt } = session;
  if (!bookable)
    throw appError("SESSION_UNAVAILABLE", `session ${refId} cannot be booked`, { metadata: { id: refId } });
  if (startsAt && startsAt <= now)
    throw appError("SESSION_UNAVAILABLE", `session ${refId} has begun already`, { metadata: { id: refId } });
  return { kind, refId, name, quantity, unitPrice, capacity };
}
