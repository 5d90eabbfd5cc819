import { setTimeout as delay } from "node:timers/promises";
import type { Call } from "@till/rpc/server";
import type { Payment } from "../rules/payment.ts";
import type { Admission } from "../upstreams/orders.ts";
import type { ChargeDependencies } from "./charge-dependencies.ts";

/** How long the order may take to handle the event of the payment before this one; it is delivered within moments. */
const deliveryMs = 2_000;

/**
 * Takes the order's payment slot. While a payment that failed or was voided still holds the slot, its event is on the
 * way to the order: the request is repeated until the order has handled it, within the caller's deadline.
 */
export async function beginOrderPayment(
  { orders, store, policies }: Pick<ChargeDependencies, "orders" | "store" | "policies">,
  payment: Payment,
  call: Call,
): Promise<Admission> {
  const startedAt = performance.now();
  const lastAt = startedAt + Math.min(deliveryMs, call.remainingMs);
  const begin = () => orders.begin(payment, call, startedAt + policies.admissionMs - performance.now());

  let admission = await begin();
  if (!isSlotTaken(admission) || !(await isSlotBeingFreed(store, payment))) return admission;
  for (
    let waitMs = 25;
    performance.now() + waitMs < lastAt && isSlotTaken(admission);
    waitMs = Math.min(2 * waitMs, 200)
  ) {
    await delay(waitMs);
    admission = await begin();
  }
  return admission;
}

function isSlotTaken(admission: Admission): boolean {
  return admission.kind === "rejected" && admission.error.reason === "PAYMENT_IN_PROGRESS";
}

async function isSlotBeingFreed(
  store: Pick<ChargeDependencies["store"], "statusBefore">,
  payment: Payment,
): Promise<boolean> {
  const before = await store.statusBefore(payment);
  return before === "FAILED" || before === "VOIDED";
}
