import { appError } from "../errors.ts";
import type { Readiness } from "../upstreams/readiness.ts";
import type { Routes } from "./http-server.ts";

/**
 * GET /healthz: the process runs. GET /readyz: every required service takes calls, else 503; the others are shown, so
 * that what only some callers need takes nothing else down.
 */
export function healthRoutes(probe: () => Promise<Readiness>, required: readonly string[]): Routes {
  return (app, _, done) => {
    app.get("/healthz", (_, reply) => reply.header("cache-control", "no-store").send({ status: "ok" }));
    app.get("/readyz", async (_, reply) => {
      const services = await probe();
      void reply.header("cache-control", "no-store");
      if (required.some((name) => services[name] !== "SERVING"))
        throw appError("UPSTREAM_UNAVAILABLE", "not every required service takes calls", {
          metadata: services,
          retryAfterMs: 1_000,
        });
      return { status: "ready", services };
    });
    done();
  };
}
