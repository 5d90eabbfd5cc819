import { ConfigError } from "@till/config";
import { inventoryTopic } from "@till/contracts/inventory-events";
import { orderTopic } from "@till/contracts/order-events";
import { paymentTopic } from "@till/contracts/payment-events";
import { gatewayConfig } from "@till/gateway";
import { orderConfig, orderMigrations } from "@till/order";
import { paymentAppRole, paymentConfig, paymentMigrations } from "@till/payment";
import { ratePrefixes } from "@till/rpc/rates";
import { webhookConfig, webhookMigrations } from "@till/webhook";
import { checkCertificates, checkValidity } from "./check-certificates.ts";
import { checkKafka } from "./check-kafka.ts";
import { checkPort } from "./check-port.ts";
import { checkPostgres } from "./check-postgres.ts";
import { checkRedis } from "./check-redis.ts";
import { checkIssuers, checkServiceToken } from "./check-tokens.ts";
import { checkUpstream } from "./check-upstream.ts";
import { failed, ok, reasonOf, warn, type CheckResult } from "./check-result.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The checks of each service, which run beside each other; what they find is in this order. */
const checksOf = { order, payment, gateway, webhook };

export type Service = keyof typeof checksOf;
export const services = Object.keys(checksOf) as Service[];

/** What a check finds, or is about to find. */
type Check = CheckResult | readonly CheckResult[] | Promise<CheckResult | CheckResult[]>;

/** Looks at everything that a service needs, as its own configuration names it. Starts and changes nothing. */
export async function checkService(service: Service, env: Env): Promise<CheckResult[]> {
  let checks: readonly Check[];
  try {
    checks = checksOf[service](env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) =>
      failed("configuration", problem, "correct it (.env.example has every variable)"),
    );
  }
  return [
    ok("configuration", "every variable can be read"),
    ...(await Promise.all(checks.map(async (check) => check))).flat(),
  ];
}

/** Services have tables of the same names: each needs a database, or a schema, of its own. */
export function checkDatabasesDiffer(chosen: readonly Service[], env: Env): CheckResult[] {
  const configs = { order: orderConfig, payment: paymentConfig, webhook: webhookConfig };
  const urls = Object.entries(configs)
    .filter(([service]) => chosen.some((name) => name === service))
    .map(([, config]) => databaseIn(config, env))
    .filter((url) => url !== undefined);
  if (new Set(urls).size === urls.length) return [];
  const remedy = "set ORDER_DATABASE_URL, PAYMENT_DATABASE_URL and WEBHOOK_DATABASE_URL";
  return [failed("databases", "DATABASE_URL is that of more than one service", remedy)];
}

/** Undefined where the configuration cannot be read, which checkService tells. */
function databaseIn(config: (env: Env) => { readonly databaseUrl: string }, env: Env): string | undefined {
  try {
    return config(env).databaseUrl;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function order(env: Env) {
  const config = orderConfig(env);
  const { results, credentials } = checkCertificates(config.tls);
  const upstream = (name: string, address: string, variable: string, isTills = false) =>
    checkUpstream({ name, address, variable, isTills, credentials });
  return [
    results,
    checkPostgres({
      ...databaseOf("ORDER_DATABASE_URL", env, config),
      migrations: orderMigrations,
    }),
    checkKafka(config, [orderTopic, paymentTopic, inventoryTopic]),
    checkRedis(config.redis, { without: "lookups are cached in memory alone", rates: callRatesOf(config) }),
    checkIssuers(config.tokens),
    checkServiceToken(config.serviceToken, config.tokens),
    ...(config.usersUrl === undefined ? [upstream("users", config.usersAddress, "TILL_USERS_ADDRESS")] : []),
    upstream("courses", config.coursesAddress, "TILL_COURSES_ADDRESS"),
    upstream("catalog", config.catalogAddress, "TILL_CATALOG_ADDRESS"),
    upstream("inventory", config.inventoryAddress, "TILL_INVENTORY_ADDRESS"),
    upstream("payment", config.paymentAddress, "TILL_PAYMENT_ADDRESS", true),
    ...ports(config),
  ];
}

function payment(env: Env) {
  const config = paymentConfig(env);
  const { results, credentials } = checkCertificates(config.tls);
  const keys = config.keyRing?.map(({ id }) => id) ?? [];
  return [
    results,
    checkPostgres({
      ...databaseOf("PAYMENT_DATABASE_URL", env, config),
      migrations: paymentMigrations,
      role: paymentAppRole,
      keys: { table: "payment_method", column: "key_id", configured: keys },
    }),
    encryptionKeys(keys, "payment methods cannot be stored"),
    checkKafka(config, [orderTopic, paymentTopic]),
    ...checkRatesAlone(config, config.redis.redisUrl === undefined ? undefined : ratePrefixes.calls),
    checkIssuers(config.tokens),
    checkServiceToken(config.serviceToken, config.tokens),
    checkUpstream({
      ...{ name: "order", address: config.orderAddress },
      ...{ variable: "TILL_ORDER_ADDRESS", isTills: true, credentials },
    }),
    provider(config.provider),
    ...ports(config),
  ];
}

function gateway(env: Env) {
  const config = gatewayConfig(env);
  const { results, credentials } = checkCertificates(config.upstreamTls);
  const upstream = (name: string, address: string, variable: string) =>
    checkUpstream({ name, address, variable, isTills: true, credentials });
  return [
    results,
    ...(config.tls ? [checkValidity("certificate of the gateway", config.tls.cert)] : []),
    checkRedis(config, { without: "each process counts its own rate limits", rates: ratePrefixes.gateway }),
    checkIssuers(config.tokens),
    upstream("order", config.orderAddress, "TILL_ORDER_ADDRESS"),
    upstream("payment", config.paymentAddress, "TILL_PAYMENT_ADDRESS"),
    upstream("webhook", config.webhookAddress, "TILL_WEBHOOK_ADDRESS"),
    ...ports(config),
  ];
}

function webhook(env: Env) {
  const config = webhookConfig(env);
  const keys = config.keyRing?.map(({ id }) => id) ?? [];
  return [
    checkCertificates(config.tls).results,
    checkPostgres({
      ...databaseOf("WEBHOOK_DATABASE_URL", env, config),
      migrations: webhookMigrations,
      keys: { table: "webhook_secret", column: "key_id", configured: keys },
    }),
    encryptionKeys(keys, "endpoints cannot be created"),
    checkKafka(config, [orderTopic, paymentTopic]),
    ...checkRatesAlone(config),
    checkIssuers(config.tokens),
    ...ports(config),
  ];
}

function databaseOf(
  own: string,
  env: Env,
  { databaseUrl: url, poolSize }: { readonly databaseUrl: string; readonly poolSize: number },
) {
  return { url, poolSize, variable: env[own] ? own : "DATABASE_URL" };
}

type WithRates = Pick<ReturnType<typeof orderConfig>, "grpcLimits" | "redis">;

/** What the keys of a service's rates begin with; undefined where it has none. */
function callRatesOf({ grpcLimits }: WithRates): string | undefined {
  const { addressCallsPerSecond, callerCallsPerSecond } = grpcLimits;
  return addressCallsPerSecond || callerCallsPerSecond ? ratePrefixes.calls : undefined;
}

/** Of a service that needs Redis for its rates alone. */
function checkRatesAlone(config: WithRates, own?: string): Check[] {
  const rates = callRatesOf(config) ?? own;
  return rates === undefined
    ? []
    : [checkRedis(config.redis, { without: "each process counts its own rates of calls", rates })];
}

function ports({
  host,
  port,
  metricsPort,
}: Readonly<Record<"port" | "metricsPort", number> & { host: string }>) {
  return [checkPort("TILL_PORT", host, port), checkPort("TILL_METRICS_PORT", host, metricsPort)];
}

function encryptionKeys(ids: readonly string[], without: string): CheckResult {
  const check = "encryption keys";
  return ids.length > 0
    ? ok(check, `${ids.length} can be read, ${ids[0]} encrypts`)
    : warn(check, `without them ${without}`, 'set TILL_ENCRYPTION_KEYS="k1:$(openssl rand -base64 32)"');
}

/** Whatever the provider returns without its key, it can be reached. */
async function provider(settings: ReturnType<typeof paymentConfig>["provider"]): Promise<CheckResult> {
  const [check, url] = ["provider", settings.kind === "stripe" ? settings.apiUrl : settings.url];
  const name = `${settings.kind} at ${new URL(url).host}`;
  try {
    await fetch(url, { signal: AbortSignal.timeout(5_000) });
  } catch (error) {
    const variable = settings.kind === "stripe" ? "TILL_STRIPE_API_URL" : "TILL_PSP_URL";
    return failed(check, `${name}: ${reasonOf(error)}`, `correct ${variable}, or let this machine call it`);
  }
  if (settings.kind === "sandbox")
    return warn(check, `${name} responds; it moves no money`, "set TILL_PROVIDER for anything but a trial");
  if (settings.webhookSecret !== undefined) return ok(check, `${name} responds`);
  return warn(
    check,
    `${name} responds; its webhooks are not taken`,
    "set TILL_STRIPE_WEBHOOK_SECRET, or run a reconciliation with --repair daily",
  );
}
