import type { Stripe } from "stripe";
import type { ProviderOperation, OperationFinding, OperationOutcome } from "../../rules/provider.ts";
import { moneyFromStripe, toStripeAmount } from "./stripe-amount.ts";
import { stripeFailure } from "./stripe-failure.ts";
import { chargeOf, notUnderstood, readIntent, type Intent } from "./stripe-intent.ts";
import { createRefund, findRefund } from "./stripe-refunds.ts";

/** A capture leaves no object of its own behind; this does, in the payment's metadata (40 characters at most). */
export const captureMark = (id: string) => `c_${id}`;

/** Takes held money. What is left stays held where the card can do that; with other cards, Stripe lets it go. */
export async function capture(stripe: Stripe, operation: ProviderOperation): Promise<OperationOutcome> {
  return attempt(operation, async (units) => {
    const { id, transactionId } = operation;
    const held = await retrieve(stripe, operation);
    if (!held) return notUnderstood;
    if (wasCaptured(held, operation)) return captured(held, operation);
    const isPart = units < held.amount_capturable;
    const card = chargeOf(held)?.payment_method_details?.card;
    const answer = await stripe.paymentIntents.capture(
      transactionId,
      {
        amount_to_capture: units,
        metadata: { [captureMark(id)]: String(units) },
        ...(isPart && card?.multicapture?.status === "available" && { final_capture: false }),
        expand: ["latest_charge"],
      },
      { idempotencyKey: `${id}:capture` },
    );
    const intent = readIntent(answer, operation);
    return intent && wasCaptured(intent, operation) ? captured(intent, operation) : notUnderstood;
  });
}

/** Lets go of what is held. */
export async function cancel(stripe: Stripe, operation: ProviderOperation): Promise<OperationOutcome> {
  return attempt(operation, async () => {
    const options = { idempotencyKey: `${operation.id}:void` };
    const answer = await stripe.paymentIntents.cancel(operation.transactionId, {}, options);
    return canceled(readIntent(answer, operation), operation);
  });
}

/** Gives money back. */
export function refund(stripe: Stripe, operation: ProviderOperation): Promise<OperationOutcome> {
  return attempt(operation, (units) => createRefund(stripe, operation, units));
}

/** What became of an operation: each leaves its trace with the payment, or as a refund. */
export async function findOperation(stripe: Stripe, operation: ProviderOperation): Promise<OperationFinding> {
  return attempt<OperationFinding>(operation, async () => {
    if (operation.kind === "refund") return findRefund(stripe, operation);
    const intent = await retrieve(stripe, operation);
    if (!intent) return notUnderstood;
    if (operation.kind === "void" && intent.status === "canceled") return canceled(intent, operation);
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
    const failure = stripeFailure(error);
    return failure.kind === "refused" ? { kind: "failed", ...failure.failure } : failure;
  }
}

/** The answer to an amount that Stripe does not take. */
export const unsupported = {
  code: "amount_unsupported",
  reason: "The provider does not take this amount of this currency.",
  retryable: false,
};

async function retrieve(stripe: Stripe, operation: ProviderOperation): Promise<Intent | undefined> {
  const said = await stripe.paymentIntents.retrieve(operation.transactionId, { expand: ["latest_charge"] });
  return readIntent(said, operation);
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
  if (intent?.status !== "canceled") return notUnderstood;
  return { kind: "succeeded", transactionId: intent.id, amount };
}
