import { money, moneyFromDecimal, type Money } from "@till/money";
import { shelf } from "./shelf.ts";

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

/** The people who are always there. */
export const users = shelf<User>(
  [
    { id: "018f0000-0000-7000-8000-0000000000a1", active: true, displayName: "Ada Okafor" },
    { id: "018f0000-0000-7000-8000-0000000000a2", active: true, displayName: "Bo Lindqvist" },
    { id: "018f0000-0000-7000-8000-0000000000a9", active: false, displayName: "Ines Duarte" },
  ],
  "018f0000-0000-7000-9",
  (id) => ({ id, active: true, displayName: `Learner ${id.slice(-4)}` }),
);

/** What can be learned. */
export const courses = shelf<Course>(
  [
    course("018f0000-0000-7000-8000-0000000000c1", "Distributed Systems in Practice", "49.00"),
    course("018f0000-0000-7000-8000-0000000000c2", "SQL You Can Reason About", "19.90"),
    { ...course("018f0000-0000-7000-8000-0000000000c9", "Perl for the Web", "29.00"), onSale: false },
  ],
  "018f0000-0000-7000-a",
  (id) => course(id, `Short Course ${id.slice(-4)}`, "10.00"),
);

/** What seats can be booked in. */
export const sessions = shelf<Session>(
  [
    session("018f0000-0000-7000-8000-0000000000e1", "Code Review Clinic", "25.00", 10),
    session("018f0000-0000-7000-8000-0000000000e2", "Hour with a Mentor", "25.00", 1),
  ],
  "018f0000-0000-7000-b",
  (id) => session(id, `Workshop ${id.slice(-4)}`, "15.00", 100),
);

/** What can be sent home. */
export const products = shelf<Product>(
  [
    product("018f0000-0000-7000-8000-0000000000b1", "Dotted Notebook", euros("12.50"), 1_000),
    product("018f0000-0000-7000-8000-0000000000b2", "Signed First Edition", euros("80.00"), 1),
    product("018f0000-0000-7000-8000-0000000000b3", "Calligraphy Brush", money("JPY", 1_500n), 500),
  ],
  "018f0000-0000-7000-d",
  (id) => product(id, `Pencil ${id.slice(-4)}`, euros("5.00"), 1_000_000),
);

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
