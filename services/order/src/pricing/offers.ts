import type { OrderItem } from "../rules/order.ts";
import type { Course, Lookup, ProductOffer, Session } from "../upstreams/ports.ts";
import { appError } from "../rules/errors.ts";

/** What an offer is made for: a course, a session or a product, and how many of it. */
export type LineRequest = Pick<OrderItem, "kind" | "refId" | "quantity">;

/** A requested line with its current name and price. */
export type Offer = LineRequest &
  Pick<OrderItem, "name" | "unitPrice" | "startsAt" | "endsAt"> & {
    /** The catalogue's id of a product's offer. */
    readonly offerId?: string;
    /** How many seats the session has, taken or not. */
    readonly capacity?: number;
  };

/**
 * Looks up what the lines of one kind name, past every cache where `isFresh`. Returns without a promise where memory has
 * all of it.
 */
export function lookupItems<Value>(
  lookup: Lookup<Value>,
  lines: readonly LineRequest[],
  kind: OrderItem["kind"],
  isFresh: boolean,
): ReadonlyMap<string, Value> | Promise<ReadonlyMap<string, Value>> {
  const ids = lines.filter((line) => line.kind === kind).map(({ refId }) => refId);
  if (ids.length === 0) return new Map();
  if (isFresh) return lookup.refresh(ids);
  const known = new Map<string, Value>();
  const missing: string[] = [];
  for (const id of ids) {
    const value = lookup.peek(id);
    if (value) known.set(id, value);
    else missing.push(id);
  }
  if (missing.length === 0) return known;
  return lookup.getMany(missing).then((found) => new Map([...known, ...found]));
}

/** The current offer of a course. Throws COURSE_NOT_FOUND or COURSE_UNAVAILABLE. */
export function courseOffer({ kind, refId, quantity }: LineRequest, course: Course | undefined): Offer {
  if (!course) throw appError("COURSE_NOT_FOUND", `no course ${refId}`, { metadata: { id: refId } });
  const { title: name, price: unitPrice, onSale } = course;
  if (!onSale)
    throw appError("COURSE_UNAVAILABLE", `course ${refId} is not on sale`, { metadata: { id: refId } });
  if (!unitPrice)
    throw appError("COURSE_UNAVAILABLE", `course ${refId} has no valid price`, { metadata: { id: refId } });
  return { kind, refId, name, quantity, unitPrice };
}

/** The current offer of a session. Throws SESSION_NOT_FOUND or SESSION_UNAVAILABLE. */
export function sessionOffer(
  { kind, refId, quantity }: LineRequest,
  session: Session | undefined,
  now: Date,
): Offer {
  if (!session) throw appError("SESSION_NOT_FOUND", `no session ${refId}`, { metadata: { id: refId } });
  const { title: name, price: unitPrice, capacity, bookable, startsAt, endsAt } = session;
  if (!bookable)
    throw appError("SESSION_UNAVAILABLE", `session ${refId} cannot be booked`, { metadata: { id: refId } });
  if (!unitPrice)
    throw appError("SESSION_UNAVAILABLE", `session ${refId} has no valid price`, { metadata: { id: refId } });
  if (startsAt && startsAt <= now)
    throw appError("SESSION_UNAVAILABLE", `session ${refId} has begun already`, { metadata: { id: refId } });
  return { kind, refId, name, quantity, unitPrice, capacity, startsAt, endsAt };
}

/** The current offer of a product. Throws PRODUCT_NOT_FOUND or PRODUCT_UNAVAILABLE. */
export function productOffer(
  { kind, refId, quantity }: LineRequest,
  product: ProductOffer | undefined,
): Offer {
  if (!product) throw appError("PRODUCT_NOT_FOUND", `no product ${refId}`, { metadata: { id: refId } });
  const { name, price: unitPrice, offerId } = product;
  if (!unitPrice)
    throw appError("PRODUCT_UNAVAILABLE", `product ${refId} has no valid price`, { metadata: { id: refId } });
  return { kind, refId, name, quantity, unitPrice, offerId };
}
