import {
  databaseVariable,
  defaultPorts,
  readConfig,
  secretVariable,
  serviceSettings,
  serviceVariables,
  type DefaultPorts,
} from "@till/config";
import { z } from "zod";
import type { AttemptLimits } from "./rules/attempt-limit.ts";
import { keyRingFrom, type KeyRing } from "@till/encryption/key-ring";
import { hasStripeKey, providerSettings, providerVariables } from "./provider/provider-settings.ts";

/** How long the order service may take to admit a payment, with all tries. */
const admissionMs = 5_000;
/** How long after its beginning a provider call may still be sent again. The caller waits and holds a lease meanwhile. */
const providerRetryMs = 1_000;

const seconds = z.coerce.number().positive().max(86_400);
const attempts = z.coerce.number().int().min(1).max(10_000);

const schema = (ports: DefaultPorts) =>
  z
    .object({
      ...serviceVariables({
        port: ports.payment,
        metricsPort: ports.paymentMetrics,
        sandboxHttp: ports.sandboxHttp,
        id: "018f0000-0000-7000-8000-0000000000f2",
      }),
      PAYMENT_DATABASE_URL: databaseVariable(z.string().optional()),
      DATABASE_URL: databaseVariable(
        z.string().default("postgres://postgres:postgres@127.0.0.1:5432/till_payment"),
        "PAYMENT_DATABASE_URL",
      ),
      TILL_ORDER_ADDRESS: z.string().default(`127.0.0.1:${ports.order}`),
      ...providerVariables(ports),
      TILL_RESOLVE_AFTER_SECONDS: seconds.default(10),
      TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: seconds.default(300),
      TILL_GIVE_UP_SECONDS: seconds.default(120),
      TILL_MAX_ATTEMPTS_PER_USER_HOUR: attempts.default(60),
      TILL_MAX_ATTEMPTS_PER_CARD_HOUR: attempts.default(20),
      TILL_ENCRYPTION_KEYS: secretVariable(
        z.string().transform(keyRing).optional().describe("<id>:<32 bytes in base64>,…"),
      ),
    })
    .refine(hasStripeKey, { error: "TILL_STRIPE_SECRET_KEY is missing (TILL_PROVIDER=stripe needs it)" });

export type PaymentConfig = ReturnType<typeof paymentConfig>;

/** The payment service's settings. Throws, naming every variable that is missing or wrong. */
export function paymentConfig(env?: Record<string, string | undefined>) {
  const read = readConfig(schema(defaultPorts(env)), env);
  // The last of its tries is sent before the time for tries is over, and takes as long as a try may.
  const chargeMs = providerRetryMs + read.TILL_PSP_TIMEOUT_MS;
  return {
    ...serviceSettings(read),
    // Where one shell runs both services, each has a variable of its own.
    databaseUrl: read.PAYMENT_DATABASE_URL ?? read.DATABASE_URL,
    orderAddress: read.TILL_ORDER_ADDRESS,
    ...providerSettings(read),
    providerRetryMs,
    /** Without keys no payment methods are stored. */
    keyRing: read.TILL_ENCRYPTION_KEYS,
    limits: {
      perUser: read.TILL_MAX_ATTEMPTS_PER_USER_HOUR,
      perCard: read.TILL_MAX_ATTEMPTS_PER_CARD_HOUR,
    } satisfies AttemptLimits,
    policies: {
      admissionMs,
      chargeMs,
      // The admission, the charge, and time to store the intent and the outcome. The lease begins before the intent is
      // stored: under load, waiting for a batch, a lock and a commit must not use up the time to charge.
      attemptMs: admissionMs + chargeMs + 5_000,
      // A repeat reads the operation first, which may take as long as performing it; a second is for storing it.
      operationMs: 2 * chargeMs + 1_000,
      resolveAfterMs: read.TILL_RESOLVE_AFTER_SECONDS * 1000,
      resolveAtLeastEveryMs: read.TILL_RESOLVE_AT_LEAST_EVERY_SECONDS * 1000,
      giveUpMs: read.TILL_GIVE_UP_SECONDS * 1000,
    },
  };
}

function keyRing(text: string, context: z.RefinementCtx): KeyRing {
  try {
    return keyRingFrom(text, "payment-method");
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
}
