import type { Bus } from "@till/events/bus";
import { newId } from "@till/ids";
import { openTls, serve, verifyTokens } from "@till/rpc/server";
import type { Log, Metrics } from "@till/telemetry";
import { catalogService } from "./catalog-service.ts";
import { createCatalog } from "./catalog.ts";
import type { SandboxConfig } from "./config.ts";
import { courseService } from "./course-service.ts";
import { serveHttp } from "./serve-http.ts";
import { createIdentity, tokenNames } from "./identity.ts";
import { inventoryService } from "./inventory/inventory-service.ts";
import { createInventory } from "./inventory/inventory.ts";
import { publishReleases } from "./inventory/release-events.ts";
import { noJournal, openJournal } from "./journal.ts";
import type { Scheduler } from "./psp/scheduler.ts";
import { userService } from "./user-service.ts";

export { sandboxConfig } from "./config.ts";
export type SandboxOptions = {
  readonly host: string;
  /** 0 picks a free port; the same holds for `httpPort`. */
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Carries inventory.events. Undefined: releases are not published. */
  readonly bus?: Bus | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now?: () => number;
  /** Runs the payment provider's delayed work. */
  readonly scheduler?: Scheduler | undefined;
} & Partial<Pick<SandboxConfig, "webhook" | "journal" | "load" | "e3InSeconds" | "reflection" | "tls">>;

export type Sandbox = {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** The HTTP server's URL; GET it for a list of the endpoints. */
  readonly url: string;
  /** Takes ?user=<id>&role=…&ttl=…. */
  readonly tokenUrl: string;
  readonly jwksUrl: string;
  /** The base URL of the provider's API, followed by /payments. */
  readonly pspUrl: string;
  readonly ledgerUrl: string;
  close(): Promise<void>;
};

/**
 * Starts stand-ins for what Till is a client of: users, courses, catalog and inventory over gRPC; tokens, keys
 * and a payment provider over HTTP. It issues any token to any caller, so it must not run in production.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const {
    host,
    bus,
    log,
    metrics,
    now = Date.now,
    webhook,
    scheduler,
    load = false,
    e3InSeconds = 3_600,
    reflection = true,
  } = options;
  await using starting = new AsyncDisposableStack();
  const catalog = createCatalog({ load, startedAt: now(), e3InSeconds });
  const journal = options.journal === undefined ? noJournal : await openJournal(options.journal);
  starting.defer(() => journal.close());
  const identity = await createIdentity(now, journal);
  const inventory = createInventory({ catalog, journal, now, newId });
  const releases = bus && publishReleases(bus, log, journal);
  starting.defer(() => releases?.close());
  const http = await serveHttp({
    ...{ host, port: options.httpPort, identity, catalog, inventory, log, now },
    psp: { journal, webhook, scheduler },
  });
  starting.defer(() => http.close());
  const url = `http://${reachable(host)}:${http.port}`;
  const jwksUrl = `${url}/.well-known/jwks.json`;
  const tls = openTls({ files: options.tls ?? {}, log, metrics });
  starting.defer(() => tls.close());
  const grpc = await serve({
    services: [
      userService(catalog),
      courseService(catalog),
      catalogService(catalog),
      inventoryService(inventory, releases),
    ],
    ...{ host, port: options.grpcPort, credentials: tls.server },
    verify: verifyTokens({ issuers: [{ jwksUrl, ...tokenNames }] }, { log }),
    log,
    metrics,
    reflection,
  });
  starting.defer(() => grpc.drain(1_000));
  const running = starting.move();
  return {
    grpcPort: grpc.port,
    httpPort: http.port,
    url,
    tokenUrl: `${url}/token`,
    jwksUrl,
    pspUrl: `${url}/psp/v1`,
    ledgerUrl: `${url}/psp/ledger`,
    close: () => running.disposeAsync(),
  };
}

/** The address of a server on its own machine, also where it listens on every address. */
function reachable(host: string): string {
  return host === "0.0.0.0" ? "127.0.0.1" : host;
}
