import {
  defaultPorts,
  readConfig,
  requiredInsecureVariable,
  tracingSettings,
  tracingVariables,
  type DefaultPorts,
} from "@till/config";
import { z } from "zod";
import { servicesEnv, type Env } from "./services-env.ts";

const port = z.coerce.number().int().min(0).max(65_535);

const schema = (ports: DefaultPorts) =>
  z.object({
    TILL_INSECURE: requiredInsecureVariable,
    TILL_DATA_DIR: z.string().default(".till/data"),
    TILL_ORDER_PORT: port.default(ports.order),
    TILL_PAYMENT_PORT: port.default(ports.payment),
    TILL_SANDBOX_PORT: port.default(ports.sandbox),
    TILL_SANDBOX_HTTP_PORT: port.default(ports.sandboxHttp),
    TILL_WEBHOOK_PORT: port.default(ports.webhooks),
    TILL_GATEWAY_PORT: port.default(ports.gateway),
    TILL_ORDER_METRICS_PORT: port.default(ports.orderMetrics),
    TILL_PAYMENT_METRICS_PORT: port.default(ports.paymentMetrics),
    TILL_GATEWAY_METRICS_PORT: port.default(ports.gatewayMetrics),
    TILL_WEBHOOK_SERVICE_PORT: port.default(ports.webhookService),
    TILL_WEBHOOK_SERVICE_METRICS_PORT: port.default(ports.webhookServiceMetrics),
    ...tracingVariables(),
    TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("warn"),
  });

export type LocalConfig = ReturnType<typeof localConfig>;

/** The settings of the embedded system: its data folder, its ports, and the settings of its services. */
export function localConfig(env: Env = process.env) {
  const read = readConfig(schema(defaultPorts(env)), env);
  return {
    dataDir: read.TILL_DATA_DIR,
    orderPort: read.TILL_ORDER_PORT,
    paymentPort: read.TILL_PAYMENT_PORT,
    sandboxPort: read.TILL_SANDBOX_PORT,
    sandboxHttpPort: read.TILL_SANDBOX_HTTP_PORT,
    webhookPort: read.TILL_WEBHOOK_PORT,
    gatewayPort: read.TILL_GATEWAY_PORT,
    orderMetricsPort: read.TILL_ORDER_METRICS_PORT,
    paymentMetricsPort: read.TILL_PAYMENT_METRICS_PORT,
    gatewayMetricsPort: read.TILL_GATEWAY_METRICS_PORT,
    webhookServicePort: read.TILL_WEBHOOK_SERVICE_PORT,
    webhookServiceMetricsPort: read.TILL_WEBHOOK_SERVICE_METRICS_PORT,
    logLevel: read.TILL_LOG_LEVEL,
    tracing: tracingSettings(read),
    /** For the configurations of the services: every policy and limit is set as it is for them alone. */
    services: servicesEnv(env),
  };
}

/** The variables of the ports, each with its port. */
export function portVariables(config: LocalConfig): Readonly<Record<string, number>> {
  return {
    TILL_ORDER_PORT: config.orderPort,
    TILL_PAYMENT_PORT: config.paymentPort,
    TILL_SANDBOX_PORT: config.sandboxPort,
    TILL_SANDBOX_HTTP_PORT: config.sandboxHttpPort,
    TILL_WEBHOOK_PORT: config.webhookPort,
    TILL_GATEWAY_PORT: config.gatewayPort,
    TILL_ORDER_METRICS_PORT: config.orderMetricsPort,
    TILL_PAYMENT_METRICS_PORT: config.paymentMetricsPort,
    TILL_GATEWAY_METRICS_PORT: config.gatewayMetricsPort,
    TILL_WEBHOOK_SERVICE_PORT: config.webhookServicePort,
    TILL_WEBHOOK_SERVICE_METRICS_PORT: config.webhookServiceMetricsPort,
  };
}
