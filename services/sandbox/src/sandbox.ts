import type { Bus } from "@till/events/bus";
import { newId } from "@till/ids";
import { serve, verifyTokens } from "@till/rpc/server";
import type { Log, Metrics } from "@till/telemetry";
import { catalogService } from "./catalog-service.ts";
import { createCatalogue } from "./catalog.ts";
import type { SandboxConfig } from "./config.ts";
import { courseService } from "./course-service.ts";
import { openHttpDoor } from "./serve-http.ts";
import { createIdentity, tokenNames } from "./identity.ts";
import { inventoryService } from "./inventory/inventory-service.ts";
import { createInventory } from "./inventory/inventory.ts";
import { releaseNews } from "./inventory/release-events.ts";
import { noJournal, openJournal } from "./journal.ts";
import type { Timers } from "./psp/scheduler.ts";
import { userService } from "./user-service.ts";

export { sandboxConfig } from "./config.ts";
export { tokenNames } from "./identity.ts";

export type SandboxOptions = {
  readonly host: string;
  /** 0 picks a free one; so does `httpPort`. */
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Carries inventory.events. Left out: nobody is told of releases. */
  readonly bus?: Bus | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now?: () => number;
  /** What the payment provider does later is done when these say so. */
  readonly timers?: Timers | undefined;
} & Partial<Pick<SandboxConfig, "webhook" | "journal" | "load" | "reflection">>;

export type Sandbox = {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Its HTTP door; GET it for a list of what is there. */
  readonly url: string;
  /** GET it with ?user=<id>&role=…&ttl=…. */
  readonly tokenUrl: string;
  readonly jwksUrl: string;
  /** What the provider's paths begin with: /payments comes after it. */
  readonly pspUrl: string;
  readonly ledgerUrl: string;
  close(): Promise<void>;
};

/**
 * Starts stand-ins for what Till is a client of: users, courses, catalog and inventory over gRPC; tokens, keys
 * and a payment provider over HTTP. Whoever reaches it can be anybody, so it has no place in production.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const {
    host,
    bus,
    log,
    metrics,
    now = Date.now,
    webhook,
    timers,
    load = false,
    reflection = true,
  } = options;
  await using starting = new AsyncDisposableStack();
  const catalogue = createCatalogue({ load });
  const journal = options.journal === undefined ? noJournal : await openJournal(options.journal);
  starting.defer(() => journal.close());
  const identity = await createIdentity(now, journal);
  const inventory = createInventory({ catalogue, journal, now, newId });
  const news = bus && releaseNews(bus, log, journal);
  starting.defer(() => news?.close());
  const http = await openHttpDoor({
    ...{ host, port: options.httpPort, identity, catalogue, inventory, log, now },
    psp: { journal, webhook, timers },
  });
  starting.defer(() => http.close());
  const url = `http://${reachable(host)}:${http.port}`;
  const jwksUrl = `${url}/.well-known/jwks.json`;
  const grpc = await serve({
    services: [
      userService(catalogue),
      courseService(catalogue),
      catalogService(catalogue),
      inventoryService(inventory, news),
    ],
    host,
    port: options.grpcPort,
    verify: verifyTokens({ jwksUrl, ...tokenNames }),
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

/** Where a server that listens on every address is reached from its own machine. */
function reachable(host: string): string {
  return host === "0.0.0.0" ? "127.0.0.1" : host;
}
