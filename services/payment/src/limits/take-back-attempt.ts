import type { Deps } from "../deps.ts";
import type { Payment } from "../rules/payment.ts";

/** Counts a payment no longer against its payer and card. Where that cannot be written down, it counts for its hour. */
export async function takeBackAttempt(
  { limits, telemetry }: Pick<Deps, "limits" | "telemetry">,
  payment: Payment,
): Promise<void> {
  await limits.takeBack(payment).catch((error: unknown) => telemetry.takingBackFailed(error));
}
