import type { AskedLine } from "../checkout/create-order-request.ts";
import { appError } from "../rules/errors.ts";
import type { Course } from "../upstreams/courses.ts";
import type { Offer } from "./offers.ts";

/** A course as it is offered now. Throws COURSE_NOT_FOUND or COURSE_UNAVAILABLE. */
export function courseOffer({ kind, refId, quantity }: AskedLine, course: Course | undefined): Offer {
  if (!course) throw appError("COURSE_NOT_FOUND", `no course ${refId}`, { metadata: { id: refId } });
  if (!course.onSale)
    throw appError("COURSE_UNAVAILABLE", `course ${refId} is not on sale`, { metadata: { id: refId } });
  return { kind, refId, name: course.title, quantity, unitPrice: course.price };
}
