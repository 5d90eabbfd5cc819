import type { CacheStore } from "@till/cache";
import {
  grpcTransport,
  measuredTransport,
  type GrpcTransportOptions,
  type TokenSource,
} from "@till/rpc/client";
import type { Metrics } from "@till/telemetry";
import type { OrderConfig } from "../config.ts";
import { catalogOver } from "./catalog.ts";
import { courseLookup } from "./courses.ts";
import { inventoryOver } from "./inventory.ts";
import { paymentsOver } from "./payments.ts";
import type { Catalog, Courses, Inventory, Payments, Sessions, Users } from "./ports.ts";
import { sessionLookup } from "./sessions.ts";
import { usersOverHttp } from "./users-over-http.ts";
import { userLookup } from "./users.ts";

/** The upstreams of the order service. */
export type Upstreams = {
  readonly users: Users;
  readonly courses: Courses;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly inventory: Inventory;
  readonly payments: Payments;
  readonly close: () => void;
};

type UpstreamOptions = {
  readonly config: Pick<
    OrderConfig,
    | "usersAddress"
    | "usersUrl"
    | "coursesAddress"
    | "catalogAddress"
    | "inventoryAddress"
    | "paymentAddress"
    | "priceCacheMs"
  >;
  readonly token: TokenSource;
  /** For upstreams that are called over TLS. */
  readonly credentials?: GrpcTransportOptions["credentials"];
  readonly store: CacheStore;
  readonly metrics: Metrics;
};

/** Opens a channel to each upstream; the first call connects it. */
export function connectUpstreams({ config, token, credentials, store, metrics }: UpstreamOptions): Upstreams {
  const open = (address: string, more: Pick<GrpcTransportOptions, "isOwn"> = {}) =>
    measuredTransport(grpcTransport({ address, token, credentials, ...more }), metrics);
  const users = open(config.usersAddress);
  const courses = open(config.coursesAddress);
  const catalog = open(config.catalogAddress);
  const inventory = open(config.inventoryAddress);
  const payments = open(config.paymentAddress, { isOwn: true });
  const { priceCacheMs } = config;
  return {
    users:
      config.usersUrl === undefined
        ? userLookup({ transport: users, store, metrics })
        : usersOverHttp({ url: config.usersUrl, token, store, metrics }),
    courses: courseLookup({ transport: courses, metrics, priceCacheMs }),
    sessions: sessionLookup({ transport: courses, metrics, priceCacheMs }),
    catalog: catalogOver(catalog),
    inventory: inventoryOver(inventory),
    payments: paymentsOver(payments),
    close: () => [users, courses, catalog, inventory, payments].forEach((transport) => transport.close()),
  };
}
