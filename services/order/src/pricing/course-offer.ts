import type { AskedLine } from "../checkout/create-order-request.ts";
import { fail } from "../rules/errors.ts";
import type { Course } from "../upstreams/courses.ts";
import type { Offer } from "./offers.ts";

/** A course as it is offered now. Throws COURSE_NOT_FOUND or COURSE_UNAVAILABLE. */
export function courseOffer({ kind, refId, quantity }: AskedLine, course: Course | undefined): Offer {
  if (!course) fail("COURSE_NOT_FOUND", `no course ${refId}`, { id: refId });
  if (!course.onSale) fail("COURSE_UNAVAILABLE", `course ${refId} is not on sale`, { id: refId });
  return { kind, refId, name: course.title, quantity, unitPrice: course.price };
}
