import { z } from "zod";
import { insecureVariable } from "./insecure.ts";
import { kafkaSecurity, kafkaSecurityVariables } from "./kafka-security.ts";
import { limitSettings, limitVariables } from "./limit-settings.ts";
import { serviceTokenSettings, serviceTokenVariables } from "./service-token-settings.ts";
import { tlsSettings, tlsVariables } from "./tls-settings.ts";
import { tracingSettings, tracingVariables } from "./tracing-settings.ts";
import { tokenSettings, tokenVariables } from "./token-settings.ts";

const days = z.coerce.number().int().min(1).max(36_500);
const port = z.coerce.number().int().min(0).max(65_535);

type Ports = {
  readonly port: number;
  readonly metricsPort: number;
  /** Of the sandbox, which has the keys and the tokens. */
  readonly sandboxHttp: number;
};

/** The variables every server has: where it listens, whose tokens it takes, how much it says. */
export function serverVariables(defaults: Ports) {
  return {
    TILL_INSECURE: insecureVariable,
    TILL_HOST: z.string().default("127.0.0.1"),
    TILL_PORT: port.default(defaults.port),
    TILL_METRICS_PORT: port.default(defaults.metricsPort),
    TILL_TRUSTED_PROXIES: networkList(),
    TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
    ...tracingVariables(),
    ...tlsVariables(),
    ...tokenVariables(defaults.sandboxHttp),
  };
}

type ServerVariables = z.output<z.ZodObject<ReturnType<typeof serverVariables>>>;

/** Addresses and networks such as 10.0.0.5,10.0.0.0/8. */
function networkList() {
  const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], "must be addresses or networks");
  const listOf = (text: string) => text.split(",").map((entry) => entry.trim());
  return z
    .string()
    .default("")
    .transform((text) => listOf(text).filter((entry) => entry !== ""))
    .pipe(z.array(network));
}

/** Those variables as a server uses them. */
export function serverSettings(read: ServerVariables) {
  return {
    host: read.TILL_HOST,
    port: read.TILL_PORT,
    metricsPort: read.TILL_METRICS_PORT,
    logLevel: read.TILL_LOG_LEVEL,
    /** Addresses or networks of the gateways and proxies whose x-forwarded-for counts. */
    trustedProxies: read.TILL_TRUSTED_PROXIES,
    tracing: tracingSettings(read),
    tls: tlsSettings(read),
    tokens: tokenSettings(read),
  };
}

/** The variables of a service with a database, a bus and a token of its own. */
export function serviceVariables({ id, ...ports }: Ports & { readonly id: string }) {
  return {
    ...serverVariables(ports),
    ...limitVariables(),
    REDIS_URL: z.string().optional(),
    REDIS_CA: z.string().optional(),
    KAFKA_BROKERS: z.string().default("127.0.0.1:9092"),
    ...kafkaSecurityVariables(),
    TILL_REFLECTION: z.enum(["on", "off"]).default("on"),
    TILL_PREPARED_STATEMENTS: z.enum(["on", "off"]).default("on"),
    TILL_KEEP_KEYS_DAYS: days.default(30),
    // Longer than a broker keeps events by its defaults, and than providers send theirs again.
    TILL_KEEP_EVENTS_DAYS: days.min(7).default(30),
    TILL_KEEP_UNRESOLVED_DAYS: days.default(365),
    TILL_MAX_BACKLOG_SECONDS: z.coerce.number().min(1).default(600),
    TILL_POOL_SIZE: z.coerce.number().int().min(3).max(100).default(10),
    ...serviceTokenVariables(`http://127.0.0.1:${ports.sandboxHttp}/token?role=service&user=${id}`),
  };
}

type ServiceVariables = z.output<z.ZodObject<ReturnType<typeof serviceVariables>>>;

/** Those variables as a service uses them. */
export function serviceSettings(read: ServiceVariables) {
  return {
    ...serverSettings(read),
    grpcLimits: limitSettings(read),
    redis: { redisUrl: read.REDIS_URL, redisCa: read.REDIS_CA },
    kafkaBrokers: read.KAFKA_BROKERS.split(","),
    kafkaSecurity: kafkaSecurity(read),
    reflection: read.TILL_REFLECTION === "on",
    /** For how many days rows stay: idempotency keys, events that were handled, and those that never will be. */
    keepDays: {
      keys: read.TILL_KEEP_KEYS_DAYS,
      events: read.TILL_KEEP_EVENTS_DAYS,
      unresolved: read.TILL_KEEP_UNRESOLVED_DAYS,
    },
    maxBacklogSeconds: read.TILL_MAX_BACKLOG_SECONDS,
    poolSize: read.TILL_POOL_SIZE,
    preparedStatements: read.TILL_PREPARED_STATEMENTS === "on",
    serviceToken: serviceTokenSettings(read),
  };
}
