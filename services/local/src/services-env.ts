import { gatewayConfig } from "@till/gateway";
import { orderConfig } from "@till/order";
import { paymentConfig } from "@till/payment";
import { webhookConfig } from "@till/webhook";

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment without the variables that the embedded system sets itself, which a shell may have for services in
 * processes of their own. Throws, naming an invalid setting, before anything is started.
 */
export function servicesEnv(env: Env): Env {
  const settings = Object.fromEntries(Object.entries(env).filter(([name]) => !isSetByTheSystem(name)));
  orderConfig(settings);
  paymentConfig(settings);
  gatewayConfig(settings);
  webhookConfig(settings);
  return settings;
}

/** Also the tokens that its services take and send, and how they are connected. */
function isSetByTheSystem(name: string): boolean {
  return setByTheSystem.has(name) || /^(TILL_(JWT_|JWKS_URL|SERVICE_|TLS_)|KAFKA_)/.test(name);
}

/** Addresses, databases and tokens of the embedded system. */
const setByTheSystem = new Set([
  "NODE_ENV",
  "DATABASE_URL",
  "ORDER_DATABASE_URL",
  "PAYMENT_DATABASE_URL",
  "WEBHOOK_DATABASE_URL",
  "REDIS_URL",
  "TILL_HOST",
  "TILL_PORT",
  "TILL_METRICS_PORT",
  "TILL_USERS_ADDRESS",
  "TILL_USERS_URL",
  "TILL_COURSES_ADDRESS",
  "TILL_CATALOG_ADDRESS",
  "TILL_INVENTORY_ADDRESS",
  "TILL_PAYMENT_ADDRESS",
  "TILL_ORDER_ADDRESS",
  "TILL_WEBHOOK_ADDRESS",
  "TILL_PROVIDER",
  "TILL_PSP_URL",
  "TILL_PSP_WEBHOOK_URL",
  "TILL_SANDBOX_JOURNAL",
  "TILL_SANDBOX_TOKEN_URL",
]);
