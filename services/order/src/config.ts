import { readConfig, serviceSettings, serviceVariables } from "@till/config";
import { z } from "zod";

const schema = z.object({
  ...serviceVariables({ port: 50051, metricsPort: 9464, id: "018f0000-0000-7000-8000-0000000000f1" }),
  ORDER_DATABASE_URL: z.string().optional(),
  DATABASE_URL: z.string().default("postgres://postgres:postgres@127.0.0.1:5432/till_order"),
  REDIS_URL: z.string().optional(),
  TILL_USERS_ADDRESS: z.string().default("127.0.0.1:50053"),
  TILL_COURSES_ADDRESS: z.string().default("127.0.0.1:50053"),
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
    ...serviceSettings(read),
    // Where one shell runs both services, each has a variable of its own.
    databaseUrl: read.ORDER_DATABASE_URL ?? read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    usersAddress: read.TILL_USERS_ADDRESS,
    coursesAddress: read.TILL_COURSES_ADDRESS,
    policies: {
      orderExpiryMs: read.TILL_ORDER_EXPIRY_SECONDS * 1000,
      maxPaymentAttempts: read.TILL_MAX_PAYMENT_ATTEMPTS,
    } satisfies Policies,
  };
}
