import { listenFailure, type Log } from "@till/telemetry";
import { fastify } from "fastify";
import type { AddressInfo } from "node:net";
import type { Catalog } from "./catalog.ts";
import type { Identity } from "./identity.ts";
import { errorHandler, HttpError } from "./http-error.ts";
import type { Inventory } from "./inventory/inventory.ts";
import { serveStock } from "./inventory/serve-stock.ts";
import { listing } from "./listing.ts";
import type { PspOptions } from "./psp/psp.ts";
import { servePsp } from "./psp/serve-psp.ts";
import { serveCatalog } from "./serve-catalog.ts";
import { serveTokens } from "./serve-tokens.ts";

export type HttpOptions = {
  readonly host: string;
  readonly port: number;
  readonly identity: Identity;
  readonly catalog: Catalog;
  readonly inventory: Inventory;
  readonly log: Log;
  readonly now: () => number;
  readonly psp: Pick<PspOptions, "journal" | "webhook" | "scheduler">;
};

export type HttpServer = { readonly port: number; close(): Promise<void> };

/** Serves tokens, keys, stock and the PSP over HTTP. Throws, naming the port, when it cannot listen. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, identity, catalog, inventory, log, now, psp } = options;
  const onError = errorHandler(log);
  const app = fastify({
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    // Limits clients that a magic token leaves without a response and that never disconnect.
    connectionTimeout: 120_000,
    // Open requests are not awaited: their clients can GET the result.
    forceCloseConnections: true,
    frameworkErrors: onError,
    // Paths contain idempotency keys of up to 255 characters, each percent-encoded as three.
    routerOptions: { maxParamLength: 1_000 },
  });
  app.setErrorHandler(onError);
  app.setNotFoundHandler(({ method }) => {
    throw new HttpError(404, "not_found", `no such endpoint for ${method}; GET / lists the endpoints`);
  });
  app.get("/", (_, reply) => reply.type("text/plain; charset=utf-8").send(listing(catalog)));
  serveTokens(app, identity);
  serveStock(app, inventory);
  serveCatalog(app, catalog);
  servePsp(app, { ...psp, now, log });
  await app.listen({ host, port }).catch((cause: unknown) => {
    throw listenFailure("HTTP", { host, port }, cause);
  });
  const { port: bound } = app.server.address() as AddressInfo;
  log.info({ host, port: bound }, "serving http");
  return { port: bound, close: () => app.close() };
}
