import { appError } from "../rules/errors.ts";
import type { OrderStatus } from "../rules/order.ts";
import { nextStatuses } from "../rules/transitions.ts";

/** The names of statuses in other systems. */
const aliases: Readonly<Record<string, readonly OrderStatus[]>> = {
  PENDING: ["CREATED", "PAYMENT_PENDING"],
  CONFIRMED: ["PAID"],
  SUCCEEDED: ["PAID"],
  FAILED: ["PAYMENT_FAILED"],
  CANCELED: ["CANCELLED"],
  COMPLETED: ["COMPLETED", "DELIVERED"],
};

/** Reads status names: ours with or without the enum's prefix, in any case, or an alias. */
export function statusesFromProto(names: readonly string[]): OrderStatus[] {
  return [...new Set(names.flatMap((name, index) => statusesOf(name, `statuses[${index}]`)))];
}

function statusesOf(name: string, field: string): readonly OrderStatus[] {
  const upper = name.toUpperCase();
  const bare = upper.replace(/^ORDER_STATUS_/, "");
  if (bare === upper && aliases[bare]) return aliases[bare];
  if (isStatus(bare)) return [bare];
  throw appError("INVALID_ARGUMENT", `${JSON.stringify(name)} is not an order status`, { field });
}

function isStatus(name: string): name is OrderStatus {
  return Object.hasOwn(nextStatuses, name);
}
