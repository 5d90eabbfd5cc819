import { randomBytes } from "node:crypto";

/** A user nobody has heard of yet: with no orders, no payments and no attempts counted. */
export function freshUser(): string {
  const tail = randomBytes(7).toString("hex");
  return `018f0000-0000-7000-9${tail.slice(0, 3)}-${tail.slice(2)}`;
}
