import { refuseField } from "@till/rpc";
import { transitions, type PaymentStatus } from "./payment.ts";

/** Reads status names: ours with or without the enum's prefix, in any case. "refunded" takes in a part of it. */
export function statusesFromProto(names: readonly string[]): PaymentStatus[] {
  return [...new Set(names.flatMap((name, index) => statusesOf(name, `statuses[${index}]`)))].sort();
}

function statusesOf(name: string, field: string): PaymentStatus[] {
  const upper = name.toUpperCase();
  const bare = upper.replace(/^PAYMENT_STATUS_/, "");
  if (upper === "REFUNDED") return ["PARTIALLY_REFUNDED", "REFUNDED"];
  return isStatus(bare) ? [bare] : refuseField(field, `${JSON.stringify(name)} is not a payment status`);
}

function isStatus(name: string): name is PaymentStatus {
  return Object.hasOwn(transitions, name);
}
