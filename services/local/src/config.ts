import { readConfig } from "@till/config";
import { z } from "zod";
import { servicesEnv, type Env } from "./services-env.ts";

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.object({
  TILL_DATA_DIR: z.string().default(".till/data"),
  TILL_ORDER_PORT: port.default(50051),
  TILL_PAYMENT_PORT: port.default(50052),
  TILL_SANDBOX_PORT: port.default(50053),
  TILL_SANDBOX_HTTP_PORT: port.default(8090),
  TILL_WEBHOOK_PORT: port.default(8081),
  TILL_ORDER_METRICS_PORT: port.default(9464),
  TILL_PAYMENT_METRICS_PORT: port.default(9465),
  TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("warn"),
});

export type LocalConfig = ReturnType<typeof localConfig>;

/** The settings of the embedded system: its data folder, its ports, and the settings of its services. */
export function localConfig(env: Env = process.env) {
  const read = readConfig(schema, env);
  return {
    dataDir: read.TILL_DATA_DIR,
    orderPort: read.TILL_ORDER_PORT,
    paymentPort: read.TILL_PAYMENT_PORT,
    sandboxPort: read.TILL_SANDBOX_PORT,
    sandboxHttpPort: read.TILL_SANDBOX_HTTP_PORT,
    webhookPort: read.TILL_WEBHOOK_PORT,
    orderMetricsPort: read.TILL_ORDER_METRICS_PORT,
    paymentMetricsPort: read.TILL_PAYMENT_METRICS_PORT,
    logLevel: read.TILL_LOG_LEVEL,
    /** For the configurations of the services: every policy and limit is set as it is for them alone. */
    services: servicesEnv(env),
  };
}
