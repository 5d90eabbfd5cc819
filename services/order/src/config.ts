import { readConfig } from "@till/config";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.object({
  DATABASE_URL: z.string().default("postgres://postgres:postgres@127.0.0.1:5432/till_order"),
  REDIS_URL: z.string().optional(),
  KAFKA_BROKERS: z.string().default("127.0.0.1:9092"),
  TILL_HOST: z.string().default("127.0.0.1"),
  TILL_PORT: port.default(50051),
  TILL_METRICS_PORT: port.default(9464),
  TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  TILL_REFLECTION: z.enum(["on", "off"]).default("on"),
  TILL_JWKS_URL: z.url().default("http://127.0.0.1:8090/.well-known/jwks.json"),
  TILL_JWT_ISSUER: z.string().default("till-sandbox"),
  TILL_JWT_AUDIENCE: z.string().default("till"),
  TILL_SERVICE_TOKEN_URL: z
    .url()
    .default("http://127.0.0.1:8090/token?role=service&user=018f0000-0000-7000-8000-0000000000f1"),
  TILL_USERS_ADDRESS: z.string().default("127.0.0.1:50053"),
  TILL_COURSES_ADDRESS: z.string().default("127.0.0.1:50053"),
  TILL_POOL_SIZE: z.coerce.number().int().min(3).max(100).default(10),
  TILL_ORDER_EXPIRY_SECONDS: z.coerce.number().int().min(1).default(1800),
  TILL_MAX_PAYMENT_ATTEMPTS: z.coerce.number().int().min(1).default(3),
});

/** What the business decides and a deployment may change (spec section 6). */
export type Policies = { readonly orderExpiryMs: number; readonly maxPaymentAttempts: number };

export type OrderConfig = ReturnType<typeof orderConfig>;

/** The order service's settings. Throws, naming every variable that is missing or wrong. */
export function orderConfig(env?: Record<string, string | undefined>) {
  const read = readConfig(schema, env);
  return {
    databaseUrl: read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    kafkaBrokers: read.KAFKA_BROKERS.split(","),
    host: read.TILL_HOST,
    port: read.TILL_PORT,
    metricsPort: read.TILL_METRICS_PORT,
    logLevel: read.TILL_LOG_LEVEL,
    reflection: read.TILL_REFLECTION === "on",
    tokens: { jwksUrl: read.TILL_JWKS_URL, issuer: read.TILL_JWT_ISSUER, audience: read.TILL_JWT_AUDIENCE },
    serviceTokenUrl: read.TILL_SERVICE_TOKEN_URL,
    usersAddress: read.TILL_USERS_ADDRESS,
    coursesAddress: read.TILL_COURSES_ADDRESS,
    poolSize: read.TILL_POOL_SIZE,
    policies: {
      orderExpiryMs: read.TILL_ORDER_EXPIRY_SECONDS * 1000,
      maxPaymentAttempts: read.TILL_MAX_PAYMENT_ATTEMPTS,
    } satisfies Policies,
  };
}
