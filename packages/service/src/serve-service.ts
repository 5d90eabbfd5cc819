import { opsRoutes, registerBacklogGauges } from "@till/ops";
import type { Db } from "@till/postgres/statements";
import { isUnavailable } from "@till/postgres/unavailable";
import { appError } from "@till/rpc/errors";
import { serve, verifyTokens, type ServeOptions, type Tls } from "@till/rpc/server";
import { serveMetrics, type Readiness } from "@till/telemetry";
import { followBacklog } from "./follow-backlog.ts";
import type { RunningService, ServiceConfig, ServiceOptions } from "./service-options.ts";

type Opened = { readonly db: Db; readonly readiness: Readiness; readonly tls: Tls };

type Served = Pick<ServeOptions, "services" | "onAccessDenied"> & {
  /** What OpsService operates on, but for the database and the bus. */
  readonly ops: Omit<Parameters<typeof opsRoutes>[0], "db" | "bus" | "log">;
};

/** Serves a service's metrics, then its RPCs, OpsService among them. Where one cannot listen, none goes on. */
export async function serveService(
  { config, bus, log, metrics }: ServiceOptions<ServiceConfig>,
  { db, readiness, tls }: Opened,
  { services, ops, onAccessDenied }: Served,
): Promise<RunningService> {
  await using starting = new AsyncDisposableStack();
  const { host, port, reflection, trustedProxies, grpcLimits: limits, redis: rateStore } = config;
  const metricsServer = await serveMetrics({ metrics, readiness, host, port: config.metricsPort });
  starting.defer(() => metricsServer.close());
  const { maxBacklogSeconds: maxAgeSeconds } = config;
  const backlog = followBacklog({ db, readiness, maxAgeSeconds, log });
  starting.defer(() => backlog.close());
  const operated = { ...ops, db, bus, log };
  registerBacklogGauges({ ...operated, metrics });
  const server = await serve({
    ...{ host, port, reflection, trustedProxies, limits, log, metrics, readiness, onAccessDenied },
    rateStore,
    services: [...services, opsRoutes(operated)],
    credentials: tls.server,
    verify: verifyTokens(config.tokens, { log, now: () => db.now().getTime() }),
    mapError: unreachableDatabase,
  });
  starting.defer(() => server.drain());
  const running = starting.move();
  return { port: server.port, metricsPort: metricsServer.port, stop: () => running.disposeAsync() };
}

function unreachableDatabase(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  const facts = { upstream: "postgres", cause: error };
  return appError("UPSTREAM_UNAVAILABLE", "postgres cannot be reached, try again", facts);
}
