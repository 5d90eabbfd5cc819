import type { Db } from "@till/postgres";
import type { Policies } from "./config.ts";
import type { Store } from "./store.ts";
import type { OrderTelemetry } from "./telemetry.ts";
import type { Courses, Users } from "./upstreams.ts";

/** Everything a use case may touch beside its input. Built once, in order.ts's composition root `start.ts`. */
export type Deps = {
  readonly db: Db;
  readonly store: Store;
  readonly users: Users;
  readonly courses: Courses;
  readonly policies: Policies;
  readonly telemetry: OrderTelemetry;
  readonly newId: () => string;
  readonly now: () => Date;
};
