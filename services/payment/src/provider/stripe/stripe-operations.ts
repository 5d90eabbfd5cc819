import type { Stripe } from "stripe";
import type { ProviderOperation, OperationFinding, OperationOutcome } from "../../rules/provider.ts";
import { moneyFromStripe, toStripeAmount } from "./stripe-amount.ts";
import { stripeFailure } from "./stripe-failure.ts";
import { chargeOf, notUnderstood, readIntent, type Intent } from "./stripe-intent.ts";
import { createRefund, findRefund } from "./stripe-refunds.ts";

/** Returns the metadata key that records a capture, as Stripe has no object for one; at most 40 characters. */
export const captureMark = (id: string) => `c_${id}`;

/** Captures. The rest stays authorized if the card supports multicapture; otherwise Stripe voids the rest. */
export async function capture(stripe: Stripe, operation: ProviderOperation): Promise<OperationOutcome> {
  return attempt(operation, async (units) => {
    const { id, transactionId } = operation;
    const authorized = await retrieve(stripe, operation);
    if (!authorized) return notUnderstood;
    if (wasCaptured(authorized, operation)) return captured(authorized, operation);
    const isPart = units < authorized.amount_capturable;
    const card = chargeOf(authorized)?.payment_method_details?.card;
    const response = await stripe.paymentIntents.capture(
      transactionId,
      {
        amount_to_capture: units,
        metadata: { [captureMark(id)]: String(units) },
        ...(isPart && card?.multicapture?.status === "available" && { final_capture: false }),
        expand: ["latest_charge"],
      },
      { idempotencyKey: `${id}:capture` },
    );
    const intent = readIntent(response, operation);
    return intent && wasCaptured(intent, operation) ? captured(intent, operation) : notUnderstood;
  });
}

/** Voids an authorization. */
export async function cancel(stripe: Stripe, operation: ProviderOperation): Promise<OperationOutcome> {
  return attempt(operation, async () => {
    const options = { idempotencyKey: `${operation.id}:void` };
    const response = await stripe.paymentIntents.cancel(operation.transactionId, {}, options);
    return canceled(readIntent(response, operation), operation);
  });
}

/** Refunds captured money. */
export function refund(stripe: Stripe, operation: ProviderOperation): Promise<OperationOutcome> {
  return attempt(operation, (units) => createRefund(stripe, operation, units));
}

/** Reads an operation's outcome: from the PaymentIntent or, of a refund, from Stripe's list of refunds. */
export async function findOperation(stripe: Stripe, operation: ProviderOperation): Promise<OperationFinding> {
  return attempt<OperationFinding>(operation, async () => {
    if (operation.kind === "refund") return findRefund(stripe, operation);
    const intent = await retrieve(stripe, operation);
    if (!intent) return notUnderstood;
    if (operation.kind === "void" && isReleased(intent)) return canceled(intent, operation);
    return wasCaptured(intent, operation) ? captured(intent, operation) : { kind: "missing" };
  });
}

/** Runs a step with the operation's amount in Stripe's units. */
async function attempt<Result extends OperationFinding = OperationOutcome>(
  { amount }: ProviderOperation,
  step: (units: number) => Promise<Result | OperationOutcome>,
): Promise<Result | OperationOutcome> {
  const units = toStripeAmount(amount);
  if (units === undefined) return { kind: "failed", ...unsupported };
  try {
    return await step(units);
  } catch (error) {
    const failure = stripeFailure(error, "operation");
    return failure.kind === "rejected" ? { kind: "failed", ...failure.failure } : failure;
  }
}

/** The failure of an amount that Stripe does not support. */
export const unsupported = {
  code: "amount_unsupported",
  reason: "The provider does not take this amount of this currency.",
  retryable: false,
};

async function retrieve(stripe: Stripe, operation: ProviderOperation): Promise<Intent | undefined> {
  const response = await stripe.paymentIntents.retrieve(operation.transactionId, {
    expand: ["latest_charge"],
  });
  return readIntent(response, operation);
}

function wasCaptured({ metadata }: Intent, { kind, id }: ProviderOperation): boolean {
  return kind === "capture" && metadata[captureMark(id)] !== undefined;
}

function captured(intent: Intent, { id }: ProviderOperation): OperationOutcome {
  const amount = moneyFromStripe(intent.currency, Number(intent.metadata[captureMark(id)]));
  return amount
    ? { kind: "succeeded", transactionId: chargeOf(intent)?.id ?? intent.id, amount }
    : notUnderstood;
}

function canceled(intent: Intent | undefined, { amount }: ProviderOperation): OperationOutcome {
  if (!intent || !isReleased(intent)) return notUnderstood;
  return { kind: "succeeded", transactionId: intent.id, amount };
}

/** Whether nothing is authorized any more: all of it is canceled, or what was not captured. */
function isReleased({ status, amount, amount_received: captured }: Intent): boolean {
  return status === "canceled" || (status === "succeeded" && captured < amount);
}
