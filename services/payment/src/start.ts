import { startRelay, type Bus } from "@till/events";
import { newId } from "@till/ids";
import { connect, isUnavailable } from "@till/postgres";
import { grpcTransport, serve, tokenFrom, upstreamUnavailable, verifyTokens } from "@till/rpc";
import { serveMetrics, type Log, type Metrics } from "@till/telemetry";
import { CreatePayments1763700000000 } from "../migrations/1763700000000-create-payments.ts";
import type { PaymentConfig } from "./config.ts";
import type { Deps } from "./deps.ts";
import { sandboxProvider } from "./provider/sandbox.ts";
import { routes } from "./routes.ts";
import { trackAttempts } from "./running-attempts.ts";
import { openStore } from "./store.ts";
import { startSweepers } from "./sweepers.ts";
import { observedProvider, paymentTelemetry } from "./telemetry.ts";
import { ordersOver } from "./upstreams.ts";

export { paymentConfig, type PaymentConfig } from "./config.ts";

/** What a process hands to the service it runs: its settings and the engines of its way to run. */
export type PaymentServiceOptions = {
  readonly config: PaymentConfig;
  readonly bus: Bus;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now?: () => Date;
};

export type RunningService = { readonly port: number; readonly metricsPort: number; stop(): Promise<void> };

/**
 * Starts the payment service: schema, relay, janitor, then the door. `stop` closes them in the other order, and so does
 * a start that fails half-way.
 */
export async function startPaymentService(options: PaymentServiceOptions): Promise<RunningService> {
  const { config, bus, log, metrics, now = () => new Date() } = options;
  await using starting = new AsyncDisposableStack();
  const { databaseUrl: url, poolSize, policies } = config;
  const db = await connect({ url, poolSize, migrations: [CreatePayments1763700000000], log });
  starting.defer(() => db.close());
  const relay = startRelay({ db, bus, source: "till/payment", log, metrics });
  starting.defer(() => relay.close());

  const orders = grpcTransport({ address: config.orderAddress, token: tokenFrom(config.serviceTokenUrl) });
  starting.defer(() => orders.close());
  const attempts = trackAttempts();
  const deps: Deps = {
    db,
    store: openStore({ db, newId, onEvents: () => relay.wake() }),
    orders: ordersOver(orders),
    provider: observedProvider(
      sandboxProvider({ url: config.pspUrl, timeoutMs: policies.providerMs }),
      metrics,
    ),
    attempts,
    policies,
    telemetry: paymentTelemetry({ log, metrics }),
    newId,
    now,
  };

  const sweepers = startSweepers(deps);
  starting.defer(() => sweepers.close());
  // Those whose callers have gone are no calls any more, and a draining server does not wait for them.
  starting.defer(() => attempts.settled());
  const { host, metricsPort } = config;
  const metricsServer = await serveMetrics({ metrics, host, port: metricsPort });
  starting.defer(() => metricsServer.close());
  const server = await serve({
    services: routes(deps),
    host,
    port: config.port,
    reflection: config.reflection,
    verify: verifyTokens(config.tokens),
    explain: (error) => (isUnavailable(error) ? upstreamUnavailable("postgres", error) : error),
    log,
    metrics,
  });
  starting.defer(() => server.drain());

  const running = starting.move();
  return { port: server.port, metricsPort: metricsServer.port, stop: () => running.disposeAsync() };
}
