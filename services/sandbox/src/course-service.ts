import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { allow, implement, type Implementation } from "@till/rpc/server";
import type { Catalog, Course, Session } from "./catalog.ts";
import { appError } from "./errors.ts";
import { findAll } from "./find-all.ts";
import { priceToProto } from "./price.ts";

const callers = ["service", "admin"] as const;

/** Serves till.course.v1.CourseService from the catalog. */
export function courseService({ courses, sessions }: Catalog): Implementation {
  return implement(CourseService, {
    getCourse: allow(callers, ({ courseId: id }) => {
      const course = courses.find(id);
      if (course) return Promise.resolve({ course: courseToProto(course) });
      throw appError("COURSE_NOT_FOUND", `no course ${id}`, { metadata: { id } });
    }),
    batchGetCourses: allow(callers, ({ courseIds }) => {
      return Promise.resolve({ courses: findAll(courseIds, courses.find).map(courseToProto) });
    }),
    getSession: allow(callers, ({ sessionId: id }) => {
      const session = sessions.find(id);
      if (session) return Promise.resolve({ session: sessionToProto(session) });
      throw appError("SESSION_NOT_FOUND", `no session ${id}`, { metadata: { id } });
    }),
    batchGetSessions: allow(callers, ({ sessionIds }) => {
      return Promise.resolve({ sessions: findAll(sessionIds, sessions.find).map(sessionToProto) });
    }),
  });
}

function courseToProto(course: Course) {
  return { ...course, price: priceToProto(course.price) };
}

function sessionToProto({ price, startsAt, endsAt, ...session }: Session) {
  return {
    ...session,
    price: priceToProto(price),
    ...(startsAt && { startsAt: timestampFromDate(startsAt) }),
    ...(endsAt && { endsAt: timestampFromDate(endsAt) }),
  };
}
