import { serveMetrics, type Log, type Metrics } from "@till/telemetry";
import { openTls, verifyTokens } from "@till/rpc/server";
import type { GatewayConfig } from "./config.ts";
import { bundleConsole } from "./console/bundle-console.ts";
import { consoleRoutes } from "./console/console-routes.ts";
import { admission } from "./http/admission.ts";
import { healthRoutes } from "./http/health-routes.ts";
import { startHttpServer } from "./http/http-server.ts";
import { openRateLimits } from "./http/rate-limits.ts";
import { docsRoutes } from "./openapi/docs-routes.ts";
import { apiV1Routes } from "./rest/api-v1.ts";
import { orderPrefixRoutes } from "./rest/order-prefix.ts";
import { orderRoutes } from "./rest/orders.ts";
import { paymentRoutes } from "./rest/payments.ts";
import { restRoutes } from "./rest/rest-routes.ts";
import { publicServices } from "./rpc/public-services.ts";
import { rpcRoutes, shuttingDown } from "./rpc/rpc-routes.ts";
import { gatewayTelemetry } from "./telemetry.ts";
import { readinessProbe } from "./upstreams/readiness.ts";
import { upstreamTransport } from "./upstreams/upstream-transport.ts";

export { gatewayConfig } from "./config.ts";

/** Every REST route, dialect by dialect. */
const dialects = [...orderRoutes, ...paymentRoutes, ...orderPrefixRoutes, ...apiV1Routes];

/** What a process passes to the gateway that it runs. */
type GatewayOptions = { readonly config: GatewayConfig; readonly log: Log; readonly metrics: Metrics };

type RunningGateway = { readonly port: number; readonly metricsPort: number; stop(): Promise<void> };

/** Starts the gateway. `stop` ends open streams and lets other requests finish; a start that fails leaves nothing. */
export async function startGateway({ config, log, metrics }: GatewayOptions): Promise<RunningGateway> {
  await using starting = new AsyncDisposableStack();
  const tls = openTls({ files: config.upstreamTls, log, metrics });
  starting.defer(() => tls.close());
  const credentials = tls.client;
  const order = upstreamTransport({ name: "order", address: config.orderAddress, credentials, metrics });
  starting.defer(() => order.close());
  const payment = upstreamTransport({
    name: "payment",
    address: config.paymentAddress,
    credentials,
    metrics,
  });
  starting.defer(() => payment.close());
  const webhook = upstreamTransport({
    name: "webhook",
    address: config.webhookAddress,
    credentials,
    metrics,
  });
  starting.defer(() => webhook.close());
  const telemetry = gatewayTelemetry({ log, metrics });
  const limits = openRateLimits({
    rates: config.rates,
    redisUrl: config.redisUrl,
    redisCa: config.redisCa,
    telemetry,
    ...{ log, metrics },
  });
  starting.defer(() => limits.close());
  const { host, metricsPort } = config;
  const metricsServer = await serveMetrics({ metrics, host, port: metricsPort });
  starting.defer(() => metricsServer.close());

  const admit = admission(limits, verifyTokens(config.tokens, { log }));
  const shutdown = new AbortController();
  const server = await startHttpServer({
    config,
    routes: [
      healthRoutes(readinessProbe({ order, payment, webhook }), ["order", "payment"]),
      docsRoutes(dialects),
      consoleRoutes({
        bundle: await bundleConsole(),
        admission: admit,
        sandboxTokenUrl: config.sandboxTokenUrl,
        oidc: config.oidc,
      }),
      restRoutes({
        routes: dialects,
        ...{ order, payment, admission: admit },
        defaultCurrency: config.defaultCurrency,
      }),
      rpcRoutes({
        services: publicServices({ order, payment, webhook }),
        admission: admit,
        http2: config.tls !== undefined,
        shutdown: shutdown.signal,
      }),
    ],
    telemetry,
    log,
  });
  starting.defer(async () => {
    shutdown.abort(shuttingDown());
    await server.close();
  });

  const running = starting.move();
  return { port: server.port, metricsPort: metricsServer.port, stop: () => running.disposeAsync() };
}
