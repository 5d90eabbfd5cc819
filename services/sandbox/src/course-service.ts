import { Code } from "@connectrpc/connect";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { moneyToProto } from "@till/money";
import { allow, AppError, implement } from "@till/rpc";
import { findCourse, type Course } from "./catalogue.ts";
import { findEach } from "./find-each.ts";

const callers = ["service", "admin"] as const;

/** till.course.v1.CourseService over the catalogue. */
export const courseService = implement(CourseService, {
  getCourse: allow(callers, ({ courseId: id }) => {
    const course = findCourse(id);
    if (course) return Promise.resolve({ course: toProto(course) });
    throw new AppError("COURSE_NOT_FOUND", Code.NotFound, `no course ${id}`, { metadata: { id } });
  }),
  batchGetCourses: allow(callers, ({ courseIds }) => {
    return Promise.resolve({ courses: findEach(courseIds, findCourse).map(toProto) });
  }),
  getSession: allow(callers, ({ sessionId: id }) => {
    throw new AppError("SESSION_NOT_FOUND", Code.NotFound, `no session ${id}`, { metadata: { id } });
  }),
  batchGetSessions: allow(callers, () => Promise.resolve({ sessions: [] })),
});

function toProto(course: Course) {
  return { ...course, price: moneyToProto(course.price) };
}
