import { money, moneyFromDecimal, type Money } from "@till/money";
import { shelf, type Alike, type Shelf } from "./registry.ts";

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
  /** How many there are when the sandbox starts. */
  readonly stock: number;
};

/** Everything the sandbox's upstreams know. */
export type Catalogue = {
  readonly users: Shelf<User>;
  readonly courses: Shelf<Course>;
  readonly sessions: Shelf<Session>;
  readonly products: Shelf<Product>;
};

/**
 * The catalogue. Any number of users and courses are there; of sessions and products only with `load`, for whoever
 * tries the sandbox relies on an id that is not listed being unknown.
 */
export function createCatalogue({ load }: { readonly load: boolean }): Catalogue {
  return {
    users: shelf(people, {
      prefix: "018f0000-0000-7000-9",
      make: (id) => ({ id, active: true, displayName: `Learner ${id.slice(-4)}` }),
    }),
    courses: shelf(lessons, {
      prefix: "018f0000-0000-7000-a",
      make: (id) => course(id, `Short Course ${id.slice(-4)}`, "10.00"),
    }),
    sessions: shelf(dates, load ? workshops : undefined),
    products: shelf(goods, load ? pencils : undefined),
  };
}

const people: readonly User[] = [
  { id: "018f0000-0000-7000-8000-0000000000a1", active: true, displayName: "Ada Okafor" },
  { id: "018f0000-0000-7000-8000-0000000000a2", active: true, displayName: "Bo Lindqvist" },
  { id: "018f0000-0000-7000-8000-0000000000a9", active: false, displayName: "Ines Duarte" },
];

const lessons: readonly Course[] = [
  course("018f0000-0000-7000-8000-0000000000c1", "Distributed Systems in Practice", "49.00"),
  course("018f0000-0000-7000-8000-0000000000c2", "SQL You Can Reason About", "19.90"),
  { ...course("018f0000-0000-7000-8000-0000000000c9", "Perl for the Web", "29.00"), onSale: false },
];

const dates: readonly Session[] = [
  session("018f0000-0000-7000-8000-0000000000e1", "Code Review Clinic", "25.00", 10),
  session("018f0000-0000-7000-8000-0000000000e2", "Hour with a Mentor", "25.00", 1),
];

const goods: readonly Product[] = [
  product("018f0000-0000-7000-8000-0000000000b1", "Dotted Notebook", euros("12.50"), 1_000),
  product("018f0000-0000-7000-8000-0000000000b2", "Signed First Edition", euros("80.00"), 1),
  product("018f0000-0000-7000-8000-0000000000b3", "Calligraphy Brush", money("JPY", 1_500n), 500),
];

const workshops: Alike<Session> = {
  prefix: "018f0000-0000-7000-b",
  make: (id) => session(id, `Workshop ${id.slice(-4)}`, "15.00", 100),
};

const pencils: Alike<Product> = {
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
