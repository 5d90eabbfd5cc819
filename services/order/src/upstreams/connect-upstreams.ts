import type { CacheStore } from "@till/cache";
import { grpcTransport, type TokenSource } from "@till/rpc/client";
import type { Metrics } from "@till/telemetry";
import type { OrderConfig } from "../config.ts";
import { catalogOver, type Catalog } from "./catalog.ts";
import { courseLookup, type Courses } from "./courses.ts";
import { inventoryOver, type Inventory } from "./inventory.ts";
import { paymentsOver, type Payments } from "./payments.ts";
import { sessionLookup, type Sessions } from "./sessions.ts";
import { userLookup, type Users } from "./users.ts";

/** Everything the order service asks others for. */
export type Upstreams = {
  readonly users: Users;
  readonly courses: Courses;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly inventory: Inventory;
  readonly payments: Payments;
  readonly close: () => void;
};

export type UpstreamOptions = {
  readonly config: Pick<
    OrderConfig,
    "usersAddress" | "coursesAddress" | "catalogAddress" | "inventoryAddress" | "paymentAddress"
  >;
  readonly token: TokenSource;
  readonly store: CacheStore;
  readonly metrics: Metrics;
};

/** Opens a channel to each; nothing is sent before the first question. */
export function connectUpstreams({ config, token, store, metrics }: UpstreamOptions): Upstreams {
  const open = (address: string) => grpcTransport({ address, token });
  const users = open(config.usersAddress);
  const courses = open(config.coursesAddress);
  const catalog = open(config.catalogAddress);
  const inventory = open(config.inventoryAddress);
  const payments = open(config.paymentAddress);
  const lookup = { store, metrics };
  return {
    users: userLookup({ ...lookup, transport: users }),
    courses: courseLookup({ ...lookup, transport: courses }),
    sessions: sessionLookup({ ...lookup, transport: courses }),
    catalog: catalogOver(catalog),
    inventory: inventoryOver(inventory),
    payments: paymentsOver(payments),
    close: () => [users, courses, catalog, inventory, payments].forEach((transport) => transport.close()),
  };
}
