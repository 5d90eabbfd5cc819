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
import { openUpstream, type UpstreamName } from "./upstreams/upstream.ts";

export { gatewayConfig } from "./config.ts";

/** Every REST route, dialect by dialect. */
const dialects = [...orderRoutes, ...paymentRoutes, ...orderPrefixRoutes, ...apiV1Routes];
const routesOf = { payment: paymentRoutes, order: [...orderRoutes, ...orderPrefixRoutes, ...apiV1Routes] };

/** What a process passes to the gateway that it runs. */
type GatewayOptions = { readonly config: GatewayConfig; readonly log: Log; readonly metrics: Metrics };

type RunningGateway = { readonly port: number; readonly metricsPort: number; stop(): Promise<void> };

/** Starts the gateway. `stop` ends open streams and lets other requests finish; a start that fails leaves nothing. */
export async function startGateway({ config, log, metrics }: GatewayOptions): Promise<RunningGateway> {
  await using starting = new AsyncDisposableStack();
  const tls = openTls({ files: config.upstreamTls, log, metrics });
  starting.defer(() => tls.close());
  const telemetry = gatewayTelemetry({ log, metrics });
  const open = (name: UpstreamName, address: string) => {
    const shared = { credentials: tls.client, limits: config.callLimits, metrics, telemetry };
    const upstream = openUpstream({ name, address, ...shared });
    starting.defer(() => upstream.close());
    return upstream;
  };
  const order = open("order", config.orderAddress);
  const payment = open("payment", config.paymentAddress);
  const webhook = open("webhook", config.webhookAddress);
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
  const rest = { order, payment, admission: admit, defaultCurrency: config.defaultCurrency };
  const server = await startHttpServer({
    config,
    routes: [
      healthRoutes(
        readinessProbe({ order: order.direct, payment: payment.direct, webhook: webhook.direct }),
        ["order", "payment"],
      ),
      docsRoutes(dialects),
      consoleRoutes({
        bundle: await bundleConsole(),
        admission: admit,
        sandboxTokenUrl: config.sandboxTokenUrl,
        oidc: config.oidc,
      }),
      restRoutes({ ...rest, routes: routesOf.order, upstream: order }),
      restRoutes({ ...rest, routes: routesOf.payment, upstream: payment }),
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
