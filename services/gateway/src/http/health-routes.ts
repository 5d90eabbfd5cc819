import { appError } from "../errors.ts";
import type { Readiness } from "../upstreams/readiness.ts";
import type { Routes } from "./http-server.ts";

/** GET /healthz: the process runs. GET /readyz: both services take calls, else 503. */
export function healthRoutes(probe: () => Promise<Readiness>): Routes {
  return (app, _, done) => {
    app.get("/healthz", (_, reply) => reply.header("cache-control", "no-store").send({ status: "ok" }));
    app.get("/readyz", async (_, reply) => {
      const services = await probe();
      void reply.header("cache-control", "no-store");
      if (Object.values(services).some((status) => status !== "SERVING"))
        throw appError("UPSTREAM_UNAVAILABLE", "not every service takes calls", {
          metadata: services,
          retryAfterMs: 1_000,
        });
      return { status: "ready", services };
    });
    done();
  };
}
