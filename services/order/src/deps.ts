import type { Db } from "@till/postgres/statements";
import type { OrderChanges } from "./queries/watch-order.ts";
import type { Policies } from "./rules/policies.ts";
import type { Store } from "./store/store.ts";
import type { OrderTelemetry } from "./telemetry.ts";
import type { Upstreams } from "./upstreams/connect-upstreams.ts";

/** Everything a use case may touch beside its input. Built once, in order.ts's composition root `start.ts`. */
export type Deps = Omit<Upstreams, "close"> & {
  readonly db: Db;
  readonly store: Store;
  readonly changes: OrderChanges;
  readonly policies: Policies;
  readonly telemetry: OrderTelemetry;
  readonly newId: () => string;
  readonly now: () => Date;
};
