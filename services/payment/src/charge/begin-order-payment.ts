import { setTimeout as delay } from "node:timers/promises";
import type { Call } from "@till/rpc/server";
import type { Deps } from "../deps.ts";
import type { Payment } from "../rules/payment.ts";
import type { Admission } from "../upstreams/orders.ts";

/** How long an order is given to hear that the payment before this one has ended: it is told within moments. */
const patienceMs = 2_000;

/**
 * Takes the order's one payment slot. Where a payment that failed or was let go still holds it, its event is on the way
 * to the order, and the gate is asked again until the order has heard of it, for a moment and in the caller's time.
 */
export async function beginOrderPayment(
  { orders, store, policies }: Pick<Deps, "orders" | "store" | "policies">,
  payment: Payment,
  call: Call,
): Promise<Admission> {
  const startedAt = performance.now();
  const lastAt = startedAt + Math.min(patienceMs, call.remainingMs);
  const ask = () => orders.begin(payment, call, startedAt + policies.admissionMs - performance.now());

  let gate = await ask();
  if (!isTaken(gate) || !(await isBeingFreed(store, payment))) return gate;
  for (
    let restMs = 25;
    performance.now() + restMs < lastAt && isTaken(gate);
    restMs = Math.min(2 * restMs, 200)
  ) {
    await delay(restMs);
    gate = await ask();
  }
  return gate;
}

function isTaken(gate: Admission): boolean {
  return gate.kind === "refused" && gate.error.reason === "PAYMENT_IN_PROGRESS";
}

async function isBeingFreed(store: Deps["store"], payment: Payment): Promise<boolean> {
  const before = await store.statusBefore(payment);
  return before === "FAILED" || before === "VOIDED";
}
