import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

/** The variables every service has: where it listens, whose tokens it takes, how much it says. */
export function serviceVariables(defaults: {
  readonly port: number;
  readonly metricsPort: number;
  readonly id: string;
}) {
  return {
    KAFKA_BROKERS: z.string().default("127.0.0.1:9092"),
    TILL_HOST: z.string().default("127.0.0.1"),
    TILL_PORT: port.default(defaults.port),
    TILL_METRICS_PORT: port.default(defaults.metricsPort),
    TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
    TILL_REFLECTION: z.enum(["on", "off"]).default("on"),
    TILL_PREPARED_STATEMENTS: z.enum(["on", "off"]).default("on"),
    TILL_POOL_SIZE: z.coerce.number().int().min(3).max(100).default(10),
    TILL_JWKS_URL: z.url().default("http://127.0.0.1:8090/.well-known/jwks.json"),
    TILL_JWT_ISSUER: z.string().default("till-sandbox"),
    TILL_JWT_AUDIENCE: z.string().default("till"),
    TILL_TOKEN_MAX_SECONDS: z.coerce.number().int().min(60).default(86_400),
    TILL_SERVICE_TOKEN_URL: z.url().default(`http://127.0.0.1:8090/token?role=service&user=${defaults.id}`),
  };
}

type ServiceVariables = z.output<z.ZodObject<ReturnType<typeof serviceVariables>>>;

/** Those variables as a service uses them. */
export function serviceSettings(read: ServiceVariables) {
  return {
    kafkaBrokers: read.KAFKA_BROKERS.split(","),
    host: read.TILL_HOST,
    port: read.TILL_PORT,
    metricsPort: read.TILL_METRICS_PORT,
    logLevel: read.TILL_LOG_LEVEL,
    reflection: read.TILL_REFLECTION === "on",
    poolSize: read.TILL_POOL_SIZE,
    preparedStatements: read.TILL_PREPARED_STATEMENTS === "on",
    tokens: {
      jwksUrl: read.TILL_JWKS_URL,
      issuer: read.TILL_JWT_ISSUER,
      audience: read.TILL_JWT_AUDIENCE,
      longestLifeMs: read.TILL_TOKEN_MAX_SECONDS * 1000,
    },
    serviceTokenUrl: read.TILL_SERVICE_TOKEN_URL,
  };
}
