import {
  databaseVariable,
  defaultPorts,
  readConfig,
  secretVariable,
  serviceSettings,
  serviceVariables,
  type DefaultPorts,
} from "@till/config";
import { keyRingFrom, type KeyRing } from "@till/encryption/key-ring";
import { z } from "zod";

const onOrOff = z.enum(["on", "off"]);
const secondsAsMs = z.coerce
  .number()
  .positive()
  .max(86_400)
  .transform((seconds) => seconds * 1000);
const [minute, hour] = [60, 3_600];
/** Close together for a receiver that is restarted, then growing; the last one goes on. */
const pauses = [
  5,
  10,
  20,
  40,
  minute,
  2 * minute,
  5 * minute,
  15 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
];
const threeDays = 72 * hour;

const schema = (ports: DefaultPorts) =>
  z.object({
    ...serviceVariables({
      port: ports.webhookService,
      metricsPort: ports.webhookServiceMetrics,
      sandboxHttp: ports.sandboxHttp,
      id: "018f0000-0000-7000-8000-0000000000f3",
    }),
    WEBHOOK_DATABASE_URL: databaseVariable(z.string().optional()),
    DATABASE_URL: databaseVariable(
      z.string().default("postgres://postgres:postgres@127.0.0.1:5432/till_webhook"),
      "WEBHOOK_DATABASE_URL",
    ),
    TILL_ENCRYPTION_KEYS: secretVariable(
      z.string().transform(keyRing).optional().describe("<id>:<32 bytes in base64>,…"),
    ),
    TILL_WEBHOOK_ALLOW_HTTP: onOrOff.default("off"),
    TILL_WEBHOOK_ALLOW_PRIVATE: onOrOff.default("off"),
    TILL_WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(15_000),
    TILL_WEBHOOK_PAUSES_SECONDS: z
      .string()
      .default(pauses.join(","))
      .transform((text): unknown[] => text.split(","))
      .pipe(z.tuple([secondsAsMs], secondsAsMs).check(z.maxLength(50))),
    TILL_WEBHOOK_FAIL_AFTER_SECONDS: z.coerce
      .number()
      .positive()
      .max(30 * 24 * hour)
      .default(threeDays),
    TILL_WEBHOOK_KEEP_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  });

export type WebhookConfig = ReturnType<typeof webhookConfig>;

/** The webhook service's settings. Throws, naming every variable that is missing or wrong. */
export function webhookConfig(env?: Readonly<Record<string, string | undefined>>) {
  const read = readConfig(schema(defaultPorts(env)), env);
  return {
    ...serviceSettings(read),
    // Where one shell runs several services, each has a variable of its own.
    databaseUrl: read.WEBHOOK_DATABASE_URL ?? read.DATABASE_URL,
    /** Without keys no endpoints are created. */
    keyRing: read.TILL_ENCRYPTION_KEYS,
    receivers: {
      allowHttp: read.TILL_WEBHOOK_ALLOW_HTTP === "on",
      allowPrivate: read.TILL_WEBHOOK_ALLOW_PRIVATE === "on",
      timeoutMs: read.TILL_WEBHOOK_TIMEOUT_MS,
    },
    schedule: {
      pausesMs: read.TILL_WEBHOOK_PAUSES_SECONDS,
      failAfterMs: read.TILL_WEBHOOK_FAIL_AFTER_SECONDS * 1000,
    },
    keepDeliveriesDays: read.TILL_WEBHOOK_KEEP_DAYS,
  };
}

function keyRing(text: string, context: z.RefinementCtx): KeyRing {
  try {
    return keyRingFrom(text, "webhook-secret");
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
}
