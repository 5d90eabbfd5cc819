import type { Log } from "@till/telemetry";
import { fastify } from "fastify";
import type { AddressInfo } from "node:net";
import type { Catalogue } from "./catalog.ts";
import type { Identity } from "./identity.ts";
import { answerErrors, HttpError } from "./http-error.ts";
import type { Inventory } from "./inventory/inventory.ts";
import { serveStock } from "./inventory/serve-stock.ts";
import { listing } from "./listing.ts";
import { servePsp, type PspOptions } from "./psp/psp.ts";
import { serveTokens } from "./serve-tokens.ts";

export type HttpDoorOptions = {
  readonly host: string;
  readonly port: number;
  readonly identity: Identity;
  readonly catalogue: Catalogue;
  readonly inventory: Inventory;
  readonly log: Log;
  readonly now: () => number;
  readonly psp: Pick<PspOptions, "journal" | "webhook" | "timers">;
};

export type HttpDoor = { readonly port: number; close(): Promise<void> };

/** Opens the HTTP door: tokens, keys, stock, the PSP. Throws, naming the port, when it cannot listen. */
export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { host, port, identity, catalogue, inventory, log, now, psp } = options;
  const onError = answerErrors(log);
  const app = fastify({
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    // Callers that a magic token leaves without an answer and that never hang up are cut off in the end.
    connectionTimeout: 120_000,
    // Nobody is waited for: whoever is cut off can ask what became of it.
    forceCloseConnections: true,
    frameworkErrors: onError,
    // Idempotency keys, of up to 255 characters, come in addresses too, where one character may be written as three.
    routerOptions: { maxParamLength: 1_000 },
  });
  app.setErrorHandler(onError);
  app.setNotFoundHandler(({ method }) => {
    throw new HttpError(404, "not_found", `there is no such ${method} here; GET / lists what is`);
  });
  app.get("/", (_, reply) => reply.type("text/plain; charset=utf-8").send(listing(catalogue)));
  serveTokens(app, identity);
  serveStock(app, inventory);
  servePsp(app, { ...psp, now, log });
  await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "EADDRINUSE" ? "the port is taken" : cause.message;
    throw new Error(`cannot serve HTTP on ${host}:${port}: ${why}`, { cause });
  });
  const { port: bound } = app.server.address() as AddressInfo;
  log.info({ host, port: bound }, "http is served");
  return { port: bound, close: () => app.close() };
}
