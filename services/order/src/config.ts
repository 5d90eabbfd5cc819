import {
  databaseVariable,
  defaultPorts,
  readConfig,
  serviceSettings,
  serviceVariables,
  type DefaultPorts,
} from "@till/config";
import { z } from "zod";
import type { Policies } from "./rules/policies.ts";

const schema = (ports: DefaultPorts) =>
  z.object({
    ...serviceVariables({
      port: ports.order,
      metricsPort: ports.orderMetrics,
      sandboxHttp: ports.sandboxHttp,
      id: "018f0000-0000-7000-8000-0000000000f1",
    }),
    ORDER_DATABASE_URL: databaseVariable(z.string().optional()),
    DATABASE_URL: databaseVariable(
      z.string().default("postgres://postgres:postgres@127.0.0.1:5432/till_order"),
      "ORDER_DATABASE_URL",
    ),
    TILL_USERS_ADDRESS: z.string().default(`127.0.0.1:${ports.sandbox}`),
    TILL_USERS_URL: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("https://…, before /users/{userId}"),
    TILL_COURSES_ADDRESS: z.string().default(`127.0.0.1:${ports.sandbox}`),
    TILL_CATALOG_ADDRESS: z.string().optional(),
    TILL_INVENTORY_ADDRESS: z.string().optional(),
    TILL_PAYMENT_ADDRESS: z.string().default(`127.0.0.1:${ports.payment}`),
    TILL_ORDER_EXPIRY_SECONDS: z.coerce.number().int().min(1).default(1800),
    TILL_MAX_PAYMENT_ATTEMPTS: z.coerce.number().int().min(1).default(3),
    TILL_MAX_UNPAID_ORDERS: z.coerce.number().int().min(1).default(20),
    TILL_PAYMENT_GRACE_SECONDS: z.coerce.number().int().min(0).default(600),
    TILL_RETURN_WINDOW_DAYS: z.coerce.number().min(0).default(14),
    TILL_CANCEL_AFTER_PAID: z.enum(["on", "off"]).default("on"),
    TILL_DIGITAL_COMPLETION_DAYS: z.coerce.number().min(0).default(1),
    TILL_BOOKING_CHANGE_CUTOFF_SECONDS: z.coerce.number().int().min(0).default(0),
    TILL_REFUND_ONLY_PAID: z.enum(["on", "off"]).default("off"),
    TILL_REFUND_RETRY_SECONDS: z.coerce.number().int().min(1).default(300),
    TILL_ALLOW_FREE_ORDERS: z.enum(["on", "off"]).default("off"),
    TILL_PRICE_CACHE_SECONDS: z.coerce.number().min(0).max(3600).default(5),
    TILL_RECOVERY_MS: z.coerce.number().int().min(10).default(1_000),
  });

export type OrderConfig = ReturnType<typeof orderConfig>;

/** The order service's settings. Throws, naming every variable that is missing or wrong. */
export function orderConfig(env?: Record<string, string | undefined>) {
  const read = readConfig(schema(defaultPorts(env)), env);
  return {
    ...serviceSettings(read),
    // Where one shell runs both services, each has a variable of its own.
    databaseUrl: read.ORDER_DATABASE_URL ?? read.DATABASE_URL,
    usersAddress: read.TILL_USERS_ADDRESS,
    /** Undefined: users are looked up by gRPC. */
    usersUrl: read.TILL_USERS_URL,
    coursesAddress: read.TILL_COURSES_ADDRESS,
    paymentAddress: read.TILL_PAYMENT_ADDRESS,
    priceCacheMs: read.TILL_PRICE_CACHE_SECONDS * 1000,
    // One platform serves all of them, unless another address is set.
    catalogAddress: read.TILL_CATALOG_ADDRESS ?? read.TILL_COURSES_ADDRESS,
    inventoryAddress: read.TILL_INVENTORY_ADDRESS ?? read.TILL_COURSES_ADDRESS,
    policies: {
      orderExpiryMs: read.TILL_ORDER_EXPIRY_SECONDS * 1000,
      maxPaymentAttempts: read.TILL_MAX_PAYMENT_ATTEMPTS,
      maxUnpaidOrders: read.TILL_MAX_UNPAID_ORDERS,
      allowFreeOrders: read.TILL_ALLOW_FREE_ORDERS === "on",
      paymentGraceMs: read.TILL_PAYMENT_GRACE_SECONDS * 1000,
      returnWindowMs: read.TILL_RETURN_WINDOW_DAYS * 24 * 60 * 60 * 1000,
      cancelAfterPaid: read.TILL_CANCEL_AFTER_PAID === "on",
      digitalCompletionMs: read.TILL_DIGITAL_COMPLETION_DAYS * 24 * 60 * 60 * 1000,
      bookingChangeCutoffMs: read.TILL_BOOKING_CHANGE_CUTOFF_SECONDS * 1000,
      refundOnlyPaid: read.TILL_REFUND_ONLY_PAID === "on",
      refundRetryMs: read.TILL_REFUND_RETRY_SECONDS * 1000,
      recoveryEveryMs: read.TILL_RECOVERY_MS,
    } satisfies Policies,
  };
}
