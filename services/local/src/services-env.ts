import { orderConfig } from "@till/order";
import { paymentConfig } from "@till/payment";

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * What the environment says to the services. What the embedded system decides is left out of it, for that was said to
 * services in processes of their own. Throws, naming it, where a setting is wrong: before anything has been started.
 */
export function servicesEnv(env: Env): Env {
  const said = Object.fromEntries(Object.entries(env).filter(([name]) => !decidedHere.has(name)));
  orderConfig(said);
  paymentConfig(said);
  return said;
}

/** Where the parts find each other, and what they find there. */
const decidedHere = new Set([
  "DATABASE_URL",
  "ORDER_DATABASE_URL",
  "PAYMENT_DATABASE_URL",
  "REDIS_URL",
  "KAFKA_BROKERS",
  "TILL_HOST",
  "TILL_PORT",
  "TILL_METRICS_PORT",
  "TILL_JWKS_URL",
  "TILL_JWT_ISSUER",
  "TILL_JWT_AUDIENCE",
  "TILL_SERVICE_TOKEN_URL",
  "TILL_USERS_ADDRESS",
  "TILL_COURSES_ADDRESS",
  "TILL_CATALOG_ADDRESS",
  "TILL_INVENTORY_ADDRESS",
  "TILL_PAYMENT_ADDRESS",
  "TILL_ORDER_ADDRESS",
  "TILL_PROVIDER",
  "TILL_PSP_URL",
  "TILL_PSP_WEBHOOK_URL",
  "TILL_SANDBOX_JOURNAL",
]);
