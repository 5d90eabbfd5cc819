import type { Price } from "./price.ts";
import { registry, type Generated, type Registry } from "./registry.ts";

type User = { readonly id: string; readonly active: boolean; readonly displayName: string };

export type Course = {
  readonly id: string;
  readonly title: string;
  readonly price: Price;
  readonly onSale: boolean;
};

export type Session = {
  readonly id: string;
  readonly title: string;
  readonly price: Price;
  readonly capacity: number;
  readonly bookable: boolean;
  readonly startsAt?: Date | undefined;
  readonly endsAt?: Date | undefined;
  readonly cancelled: boolean;
};

export type Product = {
  readonly id: string;
  readonly name: string;
  readonly price: Price;
  readonly onSale: boolean;
  /** The quantity available when the sandbox starts. */
  readonly stock: number;
};

export type CartLine = {
  readonly item: { readonly case: "courseId" | "sessionId" | "productId"; readonly value: string };
  readonly quantity: number;
};

/** The users, courses, sessions and products of the sandbox's upstreams. */
export type Catalog = {
  readonly users: Registry<User>;
  readonly courses: Registry<Course>;
  readonly sessions: Registry<Session>;
  readonly products: Registry<Product>;
  /** What is in the carts that the sandbox knows, by their ids. */
  readonly carts: ReadonlyMap<string, readonly CartLine[]>;
};

export type CatalogOptions = {
  readonly load: boolean;
  /** The sandbox's start, in epoch milliseconds. */
  readonly startedAt: number;
  /** When the session …e3 begins, counted from the start. */
  readonly e3InSeconds: number;
};

/**
 * The catalog. Ids with a load prefix exist for users and courses; for sessions and products only with `load`, so that an
 * id that is not listed is unknown otherwise.
 */
export function createCatalog({ load, startedAt, e3InSeconds }: CatalogOptions): Catalog {
  return {
    users: registry(namedUsers, {
      prefix: "018f0000-0000-7000-9",
      make: (id) => ({ id, active: true, displayName: `Learner ${id.slice(-4)}` }),
    }),
    courses: registry(namedCourses, {
      prefix: "018f0000-0000-7000-a",
      make: (id) => course(id, `Short Course ${id.slice(-4)}`, "10.00"),
    }),
    sessions: registry(namedSessions(startedAt, e3InSeconds), load ? workshops : undefined),
    products: registry(namedProducts, load ? pencils : undefined),
    carts: namedCarts,
  };
}

const namedUsers: readonly User[] = [
  { id: "018f0000-0000-7000-8000-0000000000a1", active: true, displayName: "Ada Okafor" },
  { id: "018f0000-0000-7000-8000-0000000000a2", active: true, displayName: "Bo Lindqvist" },
  { id: "018f0000-0000-7000-8000-0000000000a9", active: false, displayName: "Ines Duarte" },
  { id: "auth0|65f0c2", active: true, displayName: "Noor Haddad" },
];

const namedCourses: readonly Course[] = [
  course("018f0000-0000-7000-8000-0000000000c1", "Distributed Systems in Practice", "49.00"),
  course("018f0000-0000-7000-8000-0000000000c2", "SQL You Can Reason About", "19.90"),
  { ...course("018f0000-0000-7000-8000-0000000000c9", "Perl for the Web", "29.00"), onSale: false },
];

function namedSessions(startedAt: number, e3InSeconds: number): readonly Session[] {
  const e3At = startedAt + e3InSeconds * 1_000;
  return [
    session("018f0000-0000-7000-8000-0000000000e1", "Code Review Clinic", "25.00", 10),
    session("018f0000-0000-7000-8000-0000000000e2", "Hour with a Mentor", "25.00", 1),
    { ...session("018f0000-0000-7000-8000-0000000000e3", "Pairing Hour", "25.00", 10), ...hourFrom(e3At) },
    { ...session("yoga:2026-11-30", "Yoga at the Desk", "25.00", 10), ...hourFrom(startedAt + yearMs) },
  ];
}

const namedProducts: readonly Product[] = [
  product("018f0000-0000-7000-8000-0000000000b1", "Dotted Notebook", euros("12.50"), 1_000),
  product("018f0000-0000-7000-8000-0000000000b2", "Signed First Edition", euros("80.00"), 1),
  product(
    "018f0000-0000-7000-8000-0000000000b3",
    "Calligraphy Brush",
    { currency: "JPY", decimal: "1500" },
    500,
  ),
  product("prod-123", "Canvas Bag", euros("12.50"), 1_000),
];

const namedCarts = new Map<string, readonly CartLine[]>([
  ["sale-1", [{ item: { case: "productId", value: "018f0000-0000-7000-8000-0000000000b1" }, quantity: 2 }]],
  [
    "cart-1",
    [
      { item: { case: "courseId", value: "018f0000-0000-7000-8000-0000000000c2" }, quantity: 1 },
      { item: { case: "sessionId", value: "018f0000-0000-7000-8000-0000000000e1" }, quantity: 2 },
      { item: { case: "productId", value: "prod-123" }, quantity: 1 },
    ],
  ],
]);

const workshops: Generated<Session> = {
  prefix: "018f0000-0000-7000-b",
  make: (id) => session(id, `Workshop ${id.slice(-4)}`, "15.00", 100),
};

const pencils: Generated<Product> = {
  prefix: "018f0000-0000-7000-d",
  make: (id) => product(id, `Pencil ${id.slice(-4)}`, euros("5.00"), 1_000_000),
};

const hourMs = 60 * 60 * 1_000;
const yearMs = 365 * 24 * hourMs;

function hourFrom(startMs: number) {
  return { startsAt: new Date(startMs), endsAt: new Date(startMs + hourMs) };
}

function course(id: string, title: string, price: string): Course {
  return { id, title, price: euros(price), onSale: true };
}

function session(id: string, title: string, price: string, capacity: number): Session {
  return { id, title, price: euros(price), capacity, bookable: true, cancelled: false };
}

function product(id: string, name: string, price: Price, stock: number): Product {
  return { id, name, price, onSale: true, stock };
}

function euros(decimal: string): Price {
  return { currency: "EUR", decimal };
}
