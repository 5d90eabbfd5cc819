import type { Bus } from "@till/events";
import { newId } from "@till/ids";
import { serve, verifyTokens } from "@till/rpc";
import type { Log, Metrics } from "@till/telemetry";
import { catalogService } from "./catalog-service.ts";
import { courseService } from "./course-service.ts";
import { openHttpDoor } from "./http-door.ts";
import { createIdentity, tokenNames } from "./identity.ts";
import { inventoryService } from "./inventory/inventory-service.ts";
import { createInventory } from "./inventory/inventory.ts";
import { releaseNews } from "./inventory/release-news.ts";
import type { Timers } from "./psp/timers.ts";
import type { Webhook } from "./psp/webhook-sender.ts";
import { userService } from "./user-service.ts";

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
  /** Where the payment provider tells of what happens. Left out: nowhere. */
  readonly webhook?: Webhook | undefined;
  /** What the payment provider does later is done when these say so. */
  readonly timers?: Timers | undefined;
};

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
  const { host, bus, log, metrics, now = Date.now, webhook, timers } = options;
  const identity = await createIdentity(now);
  const inventory = createInventory({ now, newId });
  const news = bus && releaseNews(bus, log);
  const psp = { webhook, timers };
  const http = await openHttpDoor({ host, port: options.httpPort, identity, inventory, log, now, psp });
  const url = `http://${reachable(host)}:${http.port}`;
  const jwksUrl = `${url}/.well-known/jwks.json`;
  try {
    const grpc = await serve({
      services: [userService, courseService, catalogService, inventoryService(inventory, news)],
      host,
      port: options.grpcPort,
      verify: verifyTokens({ jwksUrl, ...tokenNames }),
      log,
      metrics,
    });
    return {
      grpcPort: grpc.port,
      httpPort: http.port,
      url,
      tokenUrl: `${url}/token`,
      jwksUrl,
      pspUrl: `${url}/psp/v1`,
      ledgerUrl: `${url}/psp/ledger`,
      async close() {
        await Promise.all([grpc.drain(1_000), http.close()]);
        await news?.close();
      },
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}

/** Where a server that listens on every address is reached from its own machine. */
function reachable(host: string): string {
  return host === "0.0.0.0" ? "127.0.0.1" : host;
}
