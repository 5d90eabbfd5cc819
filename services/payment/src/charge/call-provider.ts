import { isWrongAmount } from "../rules/apply-charge-outcome.ts";
import type { Payment } from "../rules/payment.ts";
import { chargeOf, type Outcome } from "../rules/provider.ts";
import type { ChargeDependencies } from "./charge-dependencies.ts";

/** Charges or authorizes, unless too little of the lease is left: another process may resume the payment after it. */
export async function callProvider(
  { provider, policies, now }: Pick<ChargeDependencies, "provider" | "policies" | "now">,
  payment: Payment,
  token: string,
): Promise<Outcome> {
  const leftMs = (payment.leaseExpiresAt?.getTime() ?? 0) - now().getTime();
  if (leftMs < policies.chargeMs) return { kind: "unsent", why: "the attempt ran out of time" };
  const charge = chargeOf(payment, token);
  const isAutomatic = payment.captureMethod === "automatic";
  const outcome = await (isAutomatic ? provider.charge(charge) : provider.authorize(charge));
  if (!isDoubtful(payment, outcome)) return outcome;
  // Before anything follows from it, the provider has to report it twice.
  const found = await provider.find({ paymentId: payment.id });
  if (found.kind !== "missing") return found;
  return { kind: "unknown", why: `${outcome.kind} with another amount or capture, then missing` };
}

/** Whether the provider did something else than the request. */
function isDoubtful(payment: Payment, outcome: Outcome): boolean {
  return (
    isWrongAmount(payment, outcome) ||
    (outcome.kind === "authorized" && payment.captureMethod === "automatic")
  );
}
