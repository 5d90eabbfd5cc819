import { readConfig, serviceSettings, serviceVariables } from "@till/config";
import { z } from "zod";

const seconds = z.coerce.number().positive().max(86_400);

const schema = z.object({
  ...serviceVariables({ port: 50052, metricsPort: 9465, id: "018f0000-0000-7000-8000-0000000000f2" }),
  PAYMENT_DATABASE_URL: z.string().optional(),
  DATABASE_URL: z.string().default("postgres://postgres:postgres@127.0.0.1:5432/till_payment"),
  TILL_ORDER_ADDRESS: z.string().default("127.0.0.1:50051"),
  TILL_PSP_URL: z.url().default("http://127.0.0.1:8090/psp/v1"),
  TILL_PSP_TIMEOUT_MS: z.coerce.number().int().min(10).max(60_000).default(5_000),
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
    ...serviceSettings(read),
    // Where one shell runs both services, each has a variable of its own.
    databaseUrl: read.PAYMENT_DATABASE_URL ?? read.DATABASE_URL,
    orderAddress: read.TILL_ORDER_ADDRESS,
    pspUrl: read.TILL_PSP_URL,
    policies: {
      providerMs: read.TILL_PSP_TIMEOUT_MS,
      attemptMs: 2 * read.TILL_PSP_TIMEOUT_MS + 15_000,
      resolveAfterMs: read.TILL_RESOLVE_AFTER_SECONDS * 1000,
      giveUpMs: read.TILL_GIVE_UP_SECONDS * 1000,
    } satisfies Policies,
  };
}
