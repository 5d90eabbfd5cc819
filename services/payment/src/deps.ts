import type { Db } from "@till/postgres";
import type { Policies } from "./config.ts";
import type { Provider } from "./provider/provider.ts";
import type { RunningAttempts } from "./running-attempts.ts";
import type { Store } from "./store.ts";
import type { PaymentTelemetry } from "./telemetry.ts";
import type { Orders } from "./upstreams.ts";

/** Everything a use case may touch beside its input. Built once, in the composition root `start.ts`. */
export type Deps = {
  readonly db: Db;
  readonly store: Store;
  readonly orders: Orders;
  readonly provider: Provider;
  readonly attempts: RunningAttempts;
  readonly policies: Policies;
  readonly telemetry: PaymentTelemetry;
  readonly newId: () => string;
  readonly now: () => Date;
};
