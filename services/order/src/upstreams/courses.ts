import { createClient } from "@connectrpc/connect";
import { createLookup } from "@till/cache";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import type { Course, Courses } from "./ports.ts";
import { nameFrom, priceFrom, unavailable, type PriceLookupOptions } from "./upstream-call.ts";

/** Courses by id, cached in memory for as long as a price may be old. */
export function courseLookup({ transport, metrics, priceCacheMs }: PriceLookupOptions): Courses {
  const client = createClient(CourseService, transport);
  return createLookup<Course>({
    name: "course",
    metrics,
    memoryMs: priceCacheMs,
    unknownMs: Math.min(priceCacheMs, 2_000),
    async fetchMany(ids) {
      const { courses } = await client.batchGetCourses({ courseIds: [...ids] }).catch(unavailable("courses"));
      return new Map(
        courses.map(({ id, title, price, onSale }) => {
          return [id, { title: nameFrom(title), price: priceFrom(price), onSale }];
        }),
      );
    },
  });
}
