import { Code } from "@connectrpc/connect";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { moneyToProto, type Money } from "@till/money";
import { AppError } from "@till/rpc/errors";
import { allow, implement, type Implementation } from "@till/rpc/server";
import type { Catalogue } from "./catalog.ts";
import { findEach } from "./find-all.ts";

const callers = ["service", "admin"] as const;

/** till.course.v1.CourseService over the catalogue. */
export function courseService({ courses, sessions }: Catalogue): Implementation {
  return implement(CourseService, {
    getCourse: allow(callers, ({ courseId: id }) => {
      const course = courses.find(id);
      if (course) return Promise.resolve({ course: withPrice(course) });
      throw new AppError("COURSE_NOT_FOUND", Code.NotFound, `no course ${id}`, { metadata: { id } });
    }),
    batchGetCourses: allow(callers, ({ courseIds }) => {
      return Promise.resolve({ courses: findEach(courseIds, courses.find).map(withPrice) });
    }),
    getSession: allow(callers, ({ sessionId: id }) => {
      const session = sessions.find(id);
      if (session) return Promise.resolve({ session: withPrice(session) });
      throw new AppError("SESSION_NOT_FOUND", Code.NotFound, `no session ${id}`, { metadata: { id } });
    }),
    batchGetSessions: allow(callers, ({ sessionIds }) => {
      return Promise.resolve({ sessions: findEach(sessionIds, sessions.find).map(withPrice) });
    }),
  });
}

function withPrice<Offered extends { readonly price: Money }>(offered: Offered) {
  return { ...offered, price: moneyToProto(offered.price) };
}
