import { createClient, type Transport } from "@connectrpc/connect";
import { createLookup, type CacheStore, type Lookup } from "@till/cache";
import { CourseService, type Course as CourseMessage } from "@till/gen/till/course/v1/course_service_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { money, moneyFromProto, type Money } from "@till/money";
import { refuseForUpstream } from "@till/rpc";
import type { Metrics } from "@till/telemetry";

/** A user, as far as an order cares. */
export type User = { readonly active: boolean };

/** A course's current offer. */
export type Course = { readonly title: string; readonly price: Money; readonly onSale: boolean };

export type Users = Lookup<User>;
export type Courses = Lookup<Course>;

type LookupOptions = { readonly transport: Transport; readonly store: CacheStore; readonly metrics: Metrics };

/** Users by id, through the cache (design section 6). */
export function userLookup({ transport, store, metrics }: LookupOptions): Users {
  const client = createClient(UserService, transport);
  return createLookup<User>({
    name: "user",
    store,
    metrics,
    async fetchMany(ids) {
      const { users } = await client.batchGetUsers({ userIds: [...ids] }).catch(unavailable("users"));
      return new Map(users.map(({ id, active }) => [id, { active }]));
    },
  });
}

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
      return new Map(courses.map((course) => [course.id, courseFromProto(course)]));
    },
  });
}

type CachedCourse = { title: string; currency: string; minor: string; onSale: boolean };

function courseFromProto({ id, title, price, onSale }: CourseMessage): Course {
  if (!price) throw new Error(`the course service gave no price for ${id}`);
  return { title, price: moneyFromProto(price), onSale };
}

function unavailable(upstream: string): (error: unknown) => never {
  return (error) => refuseForUpstream(error, upstream);
}
