import { createClient } from "@connectrpc/connect";
import { createLookup } from "@till/cache";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { money } from "@till/money";
import type { Course, Courses } from "./ports.ts";
import { priceFrom, unavailable, type LookupOptions } from "./upstream-call.ts";

/** Courses by id, through the cache. */
export function courseLookup({ transport, store, metrics }: LookupOptions): Courses {
  const client = createClient(CourseService, transport);
  return createLookup<Course>({
    name: "course",
    store,
    metrics,
    encode: ({ title, price, onSale }) =>
      JSON.stringify({ title, currency: price.currency, minor: String(price.minorUnits), onSale }),
    decode: (text) => {
      const { title, currency, minor, onSale } = JSON.parse(text) as CachedCourse;
      return { title, price: money(currency, BigInt(minor)), onSale };
    },
    async fetchMany(ids) {
      const { courses } = await client.batchGetCourses({ courseIds: [...ids] }).catch(unavailable("courses"));
      return new Map(
        courses.map((course) => {
          const { id, title, onSale } = course;
          return [id, { title, price: priceFrom(course), onSale }];
        }),
      );
    },
  });
}

type CachedCourse = { title: string; currency: string; minor: string; onSale: boolean };
