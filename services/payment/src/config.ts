import { readConfig } from "@till/config";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().positive().max(86_400);

const schema = z.object({
  DATABASE_URL: z.string().default("postgres://postgres:postgres@127.0.0.1:5432/till_payment"),
  KAFKA_BROKERS: z.string().default("127.0.0.1:9092"),
  TILL_HOST: z.string().default("127.0.0.1"),
  TILL_PORT: port.default(50052),
  TILL_METRICS_PORT: port.default(9465),
  TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  TILL_REFLECTION: z.enum(["on", "off"]).default("on"),
  TILL_JWKS_URL: z.url().default("http://127.0.0.1:8090/.well-known/jwks.json"),
  TILL_JWT_ISSUER: z.string().default("till-sandbox"),
  TILL_JWT_AUDIENCE: z.string().default("till"),
  TILL_SERVICE_TOKEN_URL: z
    .url()
    .default("http://127.0.0.1:8090/token?role=service&user=018f0000-0000-7000-8000-0000000000f2"),
  TILL_ORDER_ADDRESS: z.string().default("127.0.0.1:50051"),
  TILL_PSP_URL: z.url().default("http://127.0.0.1:8090/psp/v1"),
  TILL_PSP_TIMEOUT_MS: z.coerce.number().int().min(10).max(60_000).default(5_000),
  TILL_POOL_SIZE: z.coerce.number().int().min(3).max(100).default(10),
  TILL_RESOLVE_AFTER_SECONDS: seconds.default(10),
  TILL_GIVE_UP_SECONDS: seconds.default(120),
});

/** What the business decides and a deployment may change. */
export type Policies = {
  /** How long the provider may take to answer. */
  readonly providerMs: number;
  /** How long one attempt may take in all: ask the provider, pass the gate, charge. */
  readonly attemptMs: number;
  /** From when on, and how often, the janitor asks the provider about a payment without an outcome. */
  readonly resolveAfterMs: number;
  /** How long after the last attempt a payment the provider does not know is failed: no charge may arrive later. */
  readonly giveUpMs: number;
};

export type PaymentConfig = ReturnType<typeof paymentConfig>;

/** The payment service's settings. Throws, naming every variable that is missing or wrong. */
export function paymentConfig(env?: Record<string, string | undefined>) {
  const read = readConfig(schema, env);
  return {
    databaseUrl: read.DATABASE_URL,
    kafkaBrokers: read.KAFKA_BROKERS.split(","),
    host: read.TILL_HOST,
    port: read.TILL_PORT,
    metricsPort: read.TILL_METRICS_PORT,
    logLevel: read.TILL_LOG_LEVEL,
    reflection: read.TILL_REFLECTION === "on",
    tokens: { jwksUrl: read.TILL_JWKS_URL, issuer: read.TILL_JWT_ISSUER, audience: read.TILL_JWT_AUDIENCE },
    serviceTokenUrl: read.TILL_SERVICE_TOKEN_URL,
    orderAddress: read.TILL_ORDER_ADDRESS,
    pspUrl: read.TILL_PSP_URL,
    poolSize: read.TILL_POOL_SIZE,
    policies: {
      providerMs: read.TILL_PSP_TIMEOUT_MS,
      attemptMs: 2 * read.TILL_PSP_TIMEOUT_MS + 15_000,
      resolveAfterMs: read.TILL_RESOLVE_AFTER_SECONDS * 1000,
      giveUpMs: read.TILL_GIVE_UP_SECONDS * 1000,
    } satisfies Policies,
  };
}
