import {
  defaultPorts,
  insecureWhere,
  readConfig,
  serverSettings,
  serverVariables,
  type DefaultPorts,
} from "@till/config";
import { z } from "zod";

const perSecond = z.coerce.number().int().min(1).max(1_000_000);
const count = z.coerce.number().int().min(1);
const pem = z.string().optional().describe("a PEM file, or the PEM itself");

const schema = (ports: DefaultPorts) =>
  z
    .object({
      ...serverVariables({
        port: ports.gateway,
        metricsPort: ports.gatewayMetrics,
        sandboxHttp: ports.sandboxHttp,
      }),
      REDIS_URL: z.string().optional(),
      REDIS_CA: z.string().optional(),
      TILL_ORDER_ADDRESS: z.string().default(`127.0.0.1:${ports.order}`),
      TILL_PAYMENT_ADDRESS: z.string().default(`127.0.0.1:${ports.payment}`),
      TILL_WEBHOOK_ADDRESS: z.string().default(`127.0.0.1:${ports.webhookService}`),
      TILL_GATEWAY_TLS_CERT: pem,
      TILL_GATEWAY_TLS_KEY: pem,
      TILL_CORS_ORIGINS: z.string().default(""),
      TILL_CALLER_RATE: perSecond.default(200),
      TILL_CALLER_BURST: perSecond.default(1_000),
      TILL_ADDRESS_RATE: perSecond.default(1_000),
      TILL_ADDRESS_BURST: perSecond.default(5_000),
      TILL_MAX_CALLS: count.default(1_024),
      TILL_MAX_QUEUED_CALLS: count.default(256),
      TILL_MAX_CONNECTIONS: count.optional(),
      TILL_MAX_CONNECTIONS_PER_ADDRESS: count.optional(),
      TILL_SANDBOX_TOKEN_URL: insecureWhere(z.url().optional(), (url) => url !== undefined),
      TILL_OIDC_ISSUER: z.url().refine(isSafeIssuer).optional().describe("https://…"),
      TILL_OIDC_CLIENT_ID: z.string().min(1).optional(),
      TILL_OIDC_SCOPES: z.string().default("openid"),
      TILL_OIDC_RESOURCE: z.string().optional(),
      TILL_DEFAULT_CURRENCY: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default("EUR"),
    })
    .refine((read) => read.TILL_GATEWAY_TLS_KEY || !read.TILL_GATEWAY_TLS_CERT, {
      path: ["TILL_GATEWAY_TLS_KEY"],
    })
    .refine((read) => read.TILL_GATEWAY_TLS_CERT || !read.TILL_GATEWAY_TLS_KEY, {
      path: ["TILL_GATEWAY_TLS_CERT"],
    })
    .refine((read) => read.TILL_OIDC_CLIENT_ID || !read.TILL_OIDC_ISSUER, { path: ["TILL_OIDC_CLIENT_ID"] });

/** Codes and tokens go to the issuer: in the clear on this machine alone. */
function isSafeIssuer(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return (
    protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname))
  );
}

export type GatewayConfig = ReturnType<typeof gatewayConfig>;

/** The gateway's settings. Throws, naming every variable that is missing or wrong. */
export function gatewayConfig(env?: Readonly<Record<string, string | undefined>>) {
  const read = readConfig(schema(defaultPorts(env)), env);
  const { tls: upstreamTls, ...settings } = serverSettings(read);
  const { TILL_GATEWAY_TLS_CERT: cert, TILL_GATEWAY_TLS_KEY: key } = read;
  const { TILL_OIDC_ISSUER: issuer, TILL_OIDC_CLIENT_ID: clientId } = read;
  return {
    ...settings,
    /** What the gateway presents to services whose address begins with https://, and whom it trusts there. */
    upstreamTls,
    redisUrl: read.REDIS_URL,
    redisCa: read.REDIS_CA,
    orderAddress: read.TILL_ORDER_ADDRESS,
    paymentAddress: read.TILL_PAYMENT_ADDRESS,
    webhookAddress: read.TILL_WEBHOOK_ADDRESS,
    /** Undefined: the port is in the clear. */
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    /** The web pages whose scripts may call, such as https://shop.example. */
    corsOrigins: listOf(read.TILL_CORS_ORIGINS),
    rates: {
      caller: { perSecond: read.TILL_CALLER_RATE, burst: read.TILL_CALLER_BURST },
      address: { perSecond: read.TILL_ADDRESS_RATE, burst: read.TILL_ADDRESS_BURST },
    },
    /** Unary calls to one service that are under way at a time, and that wait for it. */
    callLimits: { calls: read.TILL_MAX_CALLS, queuedCalls: read.TILL_MAX_QUEUED_CALLS },
    /** Left out: as those of a gRPC server. */
    connectionLimits: {
      connections: read.TILL_MAX_CONNECTIONS,
      connectionsPerAddress: read.TILL_MAX_CONNECTIONS_PER_ADDRESS,
    },
    /** Where the console gets tokens of any identity. Never set for production. */
    sandboxTokenUrl: read.TILL_SANDBOX_TOKEN_URL,
    /** The identity server that the console signs in at, as a public client. */
    oidc:
      issuer !== undefined && clientId !== undefined
        ? { issuer, clientId, scopes: read.TILL_OIDC_SCOPES, resource: read.TILL_OIDC_RESOURCE }
        : undefined,
    /** The currency of amounts in requests that name none. */
    defaultCurrency: read.TILL_DEFAULT_CURRENCY,
  };
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
