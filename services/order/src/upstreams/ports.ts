import type { Money } from "@till/money";

// What the order service needs of other services. The other files of this folder implement these types over gRPC.

/** What a call made on behalf of another one carries on: its cancellation, its time left, its headers. */
type Forward = {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly headers?: Record<string, string>;
};

/** Values by id, cached. */
export type Lookup<Value> = {
  /** The value; undefined for an unknown id. Throws UPSTREAM_UNAVAILABLE. */
  get(id: string): Promise<Value | undefined>;
  /** The values of those ids that are known. Throws UPSTREAM_UNAVAILABLE. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Value>>;
  /** The values of those ids that are known, as they are now: no cache is read. Throws UPSTREAM_UNAVAILABLE. */
  refresh(ids: readonly string[]): Promise<ReadonlyMap<string, Value>>;
  /** Drops what the caches have of an id. */
  forget(id: string): void;
  /** The value if memory has it; undefined does not mean that the id is unknown. */
  peek(id: string): Value | undefined;
};

export type Users = Lookup<User>;
export type User = { readonly active: boolean };

export type Courses = Lookup<Course>;
/** A course as it is offered. `price` is undefined where the upstream has none that can be charged. */
export type Course = { readonly title: string; readonly price: Money | undefined; readonly onSale: boolean };

export type Sessions = Lookup<Session>;
/** A session as it is offered, its price as a course's. `capacity` counts all its seats, taken or not. */
export type Session = {
  readonly title: string;
  readonly price: Money | undefined;
  readonly capacity: number;
  readonly bookable: boolean;
  readonly startsAt: Date | undefined;
  readonly endsAt: Date | undefined;
};

/** Never cached. */
export type Catalog = {
  /** Quotes products, with the shipping fee and the discount of all of them together. */
  quote(request: QuoteRequest, call?: Forward): Promise<ProductQuote>;
  /** What is in a cart; nothing where it is unknown. Throws UPSTREAM_UNAVAILABLE. */
  linesOfCart(cartId: string, call?: Forward): Promise<CartLine[]>;
};

export type CartLine = {
  readonly kind: "DIGITAL_COURSE" | "SESSION" | "PHYSICAL";
  readonly refId: string;
  readonly quantity: number;
};

type QuoteRequest = {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly regionCode: string;
  readonly cartId: string;
};

export type ProductQuote = {
  /** By product id, without unknown products. */
  readonly offers: ReadonlyMap<string, ProductOffer>;
  readonly shippingFee: Money | undefined;
  readonly discount: Money | undefined;
};

export type ProductOffer = {
  readonly offerId: string;
  readonly name: string;
  readonly price: Money | undefined;
};

/**
 * The stock of products. A reservation has the id of its order, and every call may be repeated. Throws the inventory's
 * reasons: OUT_OF_STOCK, PRODUCT_NOT_FOUND, RESERVATION_NOT_FOUND, RESERVATION_RELEASED, RESERVATION_DIFFERS,
 * RELEASE_EXCEEDS_RESERVATION.
 */
export type Inventory = {
  reserve(reservation: Reservation, call?: Forward): Promise<void>;
  commit(orderId: string): Promise<void>;
  release(orderId: string, call?: Forward): Promise<void>;
  /** Releases part of a reservation, once per release id. */
  releaseLines(release: LineRelease): Promise<void>;
};

type LineRelease = Pick<Reservation, "orderId" | "lines"> & { readonly releaseId: string };

/** Products to reserve, each once. */
type Reservation = {
  readonly orderId: string;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
  readonly expiresAt: Date;
};

/** The payments of an order, for VerifyOrder alone: elsewhere events report them. */
export type Payments = { ofOrder(orderId: string, call?: Forward): Promise<OrderPayment[]> };

export type OrderPayment = {
  readonly id: string;
  readonly userId: string;
  readonly captured: Money;
  readonly refunded: Money;
};
