import { add, equals, moneyToDecimal, type Money } from "@till/money";
import type { AskedOrder } from "./create-order-request.ts";
import { fail } from "./errors.ts";
import { subtotal } from "./order.ts";
import type { Course, Courses, Users } from "./upstreams.ts";

/** A requested line with what it is and costs now. */
export type Offer = {
  readonly courseId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
};

/** Throws USER_NOT_FOUND or USER_INACTIVE unless the user may buy. */
export async function requireActiveUser(users: Users, id: string): Promise<void> {
  const user = users.peek(id) ?? (await users.get(id));
  if (!user) fail("USER_NOT_FOUND", `no user ${id}`, { id });
  if (!user.active) fail("USER_INACTIVE", `user ${id} is not active`, { id });
}

/** The current offer for every line. Throws COURSE_NOT_FOUND, COURSE_UNAVAILABLE or CURRENCY_MISMATCH. */
export async function offersFor(courses: Courses, { lines, currency }: AskedOrder): Promise<Offer[]> {
  const known = lines.map(({ courseId }) => courses.peek(courseId));
  const missing = lines.filter((_, index) => !known[index]).map(({ courseId }) => courseId);
  const fetched = missing.length > 0 ? await courses.getMany(missing) : new Map<string, Course>();
  const offers = lines.map(({ courseId, quantity }, index) => {
    const course = known[index] ?? fetched.get(courseId);
    if (!course) fail("COURSE_NOT_FOUND", `no course ${courseId}`, { id: courseId });
    if (!course.onSale) fail("COURSE_UNAVAILABLE", `course ${courseId} is not on sale`, { id: courseId });
    return { courseId, name: course.title, quantity, unitPrice: course.price };
  });
  requireCurrency(offers, currency);
  return offers;
}

/**
 * The client's prices are what the buyer was shown, the offers are the truth (spec C8, S4.6). Throws PRICE_CHANGED
 * with each difference unless the request accepts changes.
 */
export function requireExpectedPrices(asked: AskedOrder, offers: readonly Offer[]): void {
  if (asked.acceptPriceChanges) return;
  const changes: Record<string, string> = {};
  const compare = (name: string, expected: Money | undefined, current: Money) => {
    if (!expected || equals(expected, current)) return;
    changes[`${name}.expected`] = moneyToDecimal(expected);
    changes[`${name}.current`] = moneyToDecimal(current);
  };
  asked.lines.forEach(({ expectedPrice }, index) =>
    compare(`items[${index}]`, expectedPrice, offers[index]!.unitPrice),
  );
  if (asked.expectedTotal) compare("total", asked.expectedTotal, totalOf(offers));
  if (Object.keys(changes).length > 0)
    fail("PRICE_CHANGED", "prices have changed since the buyer saw them", changes);
}

function requireCurrency(offers: readonly Offer[], asked: string | undefined): void {
  const expected = asked ?? offers[0]?.unitPrice.currency ?? "";
  const other = offers.find(({ unitPrice }) => unitPrice.currency !== expected);
  if (!other) return;
  const got = other.unitPrice.currency;
  fail("CURRENCY_MISMATCH", `${other.name} is sold in ${got}, the order is in ${expected}`, {
    expected,
    got,
  });
}

function totalOf(offers: readonly Offer[]): Money {
  return offers.map(subtotal).reduce(add);
}
