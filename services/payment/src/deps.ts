import type { Db } from "@till/postgres/statements";
import type { Worker } from "@till/worker";
import type { AuditLog } from "./audit/audit-log.ts";
import type { Policies } from "./config.ts";
import type { Limits } from "./limits/limits.ts";
import type { Methods } from "./methods/method-store.ts";
import type { InFlightCalls } from "./charge/in-flight-calls.ts";
import type { Provider } from "./rules/provider.ts";
import type { Reconciler } from "./reconciliation/reconciler.ts";
import type { Store } from "./store/store.ts";
import type { PlacePayment } from "./store/place-payments.ts";
import type { PaymentTelemetry } from "./telemetry.ts";
import type { Orders } from "./upstreams/orders.ts";
import type { PaymentChanges } from "./store/payment-changes.ts";

/** Everything a use case may touch beside its input. Built once, in the composition root `start.ts`. */
export type Deps = {
  readonly db: Db;
  readonly store: Store;
  readonly place: PlacePayment;
  readonly orders: Orders;
  readonly provider: Provider;
  readonly methods: Methods;
  readonly limits: Limits;
  readonly attempts: InFlightCalls;
  /** Notified of operations that were begun, for the recovery worker to carry out. */
  readonly recovery: Pick<Worker, "notify">;
  readonly audit: AuditLog;
  readonly changes: PaymentChanges;
  readonly reconciler: Reconciler;
  readonly policies: Policies;
  readonly telemetry: PaymentTelemetry;
  readonly newId: () => string;
  readonly now: () => Date;
};
