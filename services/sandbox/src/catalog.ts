import { money, moneyFromDecimal, type Money } from "@till/money";
import { registry, type Generated, type Registry } from "./registry.ts";

export type User = { readonly id: string; readonly active: boolean; readonly displayName: string };

export type Course = {
  readonly id: string;
  readonly title: string;
  readonly price: Money;
  readonly onSale: boolean;
};

export type Session = {
  readonly id: string;
  readonly title: string;
  readonly price: Money;
  readonly capacity: number;
  readonly bookable: boolean;
};

export type Product = {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
  /** The quantity available when the sandbox starts. */
  readonly stock: number;
};

/** The users, courses, sessions and products of the sandbox's upstreams. */
export type Catalog = {
  readonly users: Registry<User>;
  readonly courses: Registry<Course>;
  readonly sessions: Registry<Session>;
  readonly products: Registry<Product>;
};

/**
 * The catalog. Ids with a load prefix exist for users and courses; for sessions and products only with `load`, so that an
 * id that is not listed is unknown otherwise.
 */
export function createCatalog({ load }: { readonly load: boolean }): Catalog {
  return {
    users: registry(namedUsers, {
      prefix: "018f0000-0000-7000-9",
      make: (id) => ({ id, active: true, displayName: `Learner ${id.slice(-4)}` }),
    }),
    courses: registry(namedCourses, {
      prefix: "018f0000-0000-7000-a",
      make: (id) => course(id, `Short Course ${id.slice(-4)}`, "10.00"),
    }),
    sessions: registry(namedSessions, load ? workshops : undefined),
    products: registry(namedProducts, load ? pencils : undefined),
  };
}

const namedUsers: readonly User[] = [
  { id: "018f0000-0000-7000-8000-0000000000a1", active: true, displayName: "Ada Okafor" },
  { id: "018f0000-0000-7000-8000-0000000000a2", active: true, displayName: "Bo Lindqvist" },
  { id: "018f0000-0000-7000-8000-0000000000a9", active: false, displayName: "Ines Duarte" },
];

const namedCourses: readonly Course[] = [
  course("018f0000-0000-7000-8000-0000000000c1", "Distributed Systems in Practice", "49.00"),
  course("018f0000-0000-7000-8000-0000000000c2", "SQL You Can Reason About", "19.90"),
  { ...course("018f0000-0000-7000-8000-0000000000c9", "Perl for the Web", "29.00"), onSale: false },
];

const namedSessions: readonly Session[] = [
  session("018f0000-0000-7000-8000-0000000000e1", "Code Review Clinic", "25.00", 10),
  session("018f0000-0000-7000-8000-0000000000e2", "Hour with a Mentor", "25.00", 1),
];

const namedProducts: readonly Product[] = [
  product("018f0000-0000-7000-8000-0000000000b1", "Dotted Notebook", euros("12.50"), 1_000),
  product("018f0000-0000-7000-8000-0000000000b2", "Signed First Edition", euros("80.00"), 1),
  product("018f0000-0000-7000-8000-0000000000b3", "Calligraphy Brush", money("JPY", 1_500n), 500),
];

const workshops: Generated<Session> = {
  prefix: "018f0000-0000-7000-b",
  make: (id) => session(id, `Workshop ${id.slice(-4)}`, "15.00", 100),
};

const pencils: Generated<Product> = {
  prefix: "018f0000-0000-7000-d",
  make: (id) => product(id, `Pencil ${id.slice(-4)}`, euros("5.00"), 1_000_000),
};

function course(id: string, title: string, price: string): Course {
  return { id, title, price: euros(price), onSale: true };
}

function session(id: string, title: string, price: string, capacity: number): Session {
  return { id, title, price: euros(price), capacity, bookable: true };
}

function product(id: string, name: string, price: Money, stock: number): Product {
  return { id, name, price, stock };
}

function euros(price: string): Money {
  return moneyFromDecimal(price, "EUR");
}
