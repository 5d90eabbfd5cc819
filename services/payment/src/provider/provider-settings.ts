import { insecureWhere, secretVariable, type DefaultPorts } from "@till/config";
import { z } from "zod";

const secret = z.string().min(8);

/** The settings that say which payment provider there is and how it is reached. */
export const providerVariables = (ports: DefaultPorts) => ({
  TILL_PROVIDER: insecureWhere(
    z.enum(["sandbox", "stripe"]).default("sandbox"),
    (provider) => provider === undefined,
  ),
  TILL_PSP_URL: z.url({ protocol: /^https?$/ }).default(`http://127.0.0.1:${ports.sandboxHttp}/psp/v1`),
  TILL_PSP_TIMEOUT_MS: z.coerce.number().int().min(10).max(60_000).default(5_000),
  TILL_PSP_CIRCUIT_FAILURES: z.coerce.number().int().min(1).max(1_000).default(20),
  TILL_PSP_WEBHOOK_SECRET: secretVariable(
    secret.optional().describe("what the sandbox signs its webhooks with"),
  ),
  TILL_STRIPE_SECRET_KEY: secret.optional().describe("Stripe's secret key"),
  TILL_STRIPE_API_URL: z.url({ protocol: /^https?$/ }).default("https://api.stripe.com"),
  TILL_STRIPE_RETURN_URL: z.url({ protocol: /^https?$/ }).optional(),
  TILL_STRIPE_WEBHOOK_SECRET: secret.optional().describe("what Stripe signs its webhooks with"),
  TILL_WEBHOOK_PORT: z.coerce.number().int().min(0).max(65_535).default(ports.webhooks),
});

type Read = z.output<z.ZodObject<ReturnType<typeof providerVariables>>>;

/** Holds between the variables: Stripe has no default key. */
export function hasStripeKey(read: Pick<Read, "TILL_PROVIDER" | "TILL_STRIPE_SECRET_KEY">): boolean {
  return read.TILL_PROVIDER !== "stripe" || read.TILL_STRIPE_SECRET_KEY !== undefined;
}

/** What the variables say, sorted by what it is for. */
export function providerSettings(read: Read) {
  const timeoutMs = read.TILL_PSP_TIMEOUT_MS;
  const stripe = {
    kind: "stripe",
    secretKey: read.TILL_STRIPE_SECRET_KEY ?? "",
    apiUrl: read.TILL_STRIPE_API_URL,
    returnUrl: read.TILL_STRIPE_RETURN_URL,
    webhookSecret: read.TILL_STRIPE_WEBHOOK_SECRET,
    timeoutMs,
  } as const;
  const sandbox = {
    kind: "sandbox",
    url: read.TILL_PSP_URL,
    webhookSecret: read.TILL_PSP_WEBHOOK_SECRET,
    timeoutMs,
  } as const;
  return {
    provider: read.TILL_PROVIDER === "stripe" ? stripe : sandbox,
    circuitFailures: read.TILL_PSP_CIRCUIT_FAILURES,
    webhookPort: read.TILL_WEBHOOK_PORT,
  };
}

export type ProviderSettings = ReturnType<typeof providerSettings>["provider"];
