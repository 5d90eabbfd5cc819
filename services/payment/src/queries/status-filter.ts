import { appError } from "../rules/errors.ts";
import { transitions, type PaymentStatus } from "../rules/payment.ts";

/**
 * Reads status names, with or without the enum's prefix, in any case. Without it, the four public values include all the
 * statuses that they stand for.
 */
export function statusesFromProto(names: readonly string[]): PaymentStatus[] {
  return [...new Set(names.flatMap((name, index) => statusesOf(name, `statuses[${index}]`)))].sort();
}

/** The public values that stand for more than the status of the same name. */
const publicValues = {
  PENDING: ["PENDING", "REQUIRES_ACTION", "AUTHORIZED", "UNKNOWN"],
  FAILED: ["FAILED", "VOIDED"],
  REFUNDED: ["PARTIALLY_REFUNDED", "REFUNDED"],
} as const satisfies Partial<Record<PaymentStatus, readonly PaymentStatus[]>>;

function statusesOf(name: string, field: string): readonly PaymentStatus[] {
  const upper = name.toUpperCase();
  if (isPublicValue(upper)) return publicValues[upper];
  const bare = upper.replace(/^PAYMENT_STATUS_/, "");
  if (isStatus(bare)) return [bare];
  throw appError("INVALID_ARGUMENT", `${JSON.stringify(name)} is not a payment status`, { field });
}

function isPublicValue(name: string): name is keyof typeof publicValues {
  return Object.hasOwn(publicValues, name);
}

function isStatus(name: string): name is PaymentStatus {
  return Object.hasOwn(transitions, name);
}
