import type { Stripe } from "stripe";
import { z } from "zod";
import type { Finding, PaymentIdFinding, PaymentRef } from "../../rules/provider.ts";
import { findDispute } from "./stripe-disputes.ts";
import { isMissing, stripeFailure } from "./stripe-failure.ts";
import { isUntried, notUnderstood, outcomeOf, readIntent } from "./stripe-intent.ts";
import { refundedOf } from "./stripe-refunds.ts";

/** Reads a payment's outcome, what was refunded and its dispute. */
export function find(stripe: Stripe, ref: PaymentRef): Promise<Finding> {
  return reading<Finding>(async () => {
    const response = await read(stripe, ref);
    if (!response) return { kind: "missing" };
    const intent = readIntent(response, ref);
    if (intent && isUntried(intent)) return { kind: "missing" };
    const outcome = outcomeOf(intent);
    if (!intent || (outcome.kind !== "approved" && outcome.kind !== "authorized")) return outcome;
    const [refunded, dispute] = [await refundedOf(stripe, intent), await findDispute(stripe, intent)];
    return refunded ? { ...outcome, refunded, dispute } : notUnderstood;
  });
}

/** Reads the payment's id that Till has put into a PaymentIntent's metadata. */
export function findPaymentId(stripe: Stripe, transactionId: string): Promise<PaymentIdFinding> {
  return reading<PaymentIdFinding>(async () => {
    const { metadata } = await stripe.paymentIntents.retrieve(transactionId);
    const { success, data: paymentId } = z.uuid().safeParse(metadata.payment_id);
    return success ? { paymentId } : { kind: "missing" };
  });
}

async function reading<Result>(read: () => Promise<Result>) {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error)) return { kind: "missing" } as const;
    const failure = stripeFailure(error);
    return failure.kind === "rejected" ? notUnderstood : failure;
  }
}

function read(stripe: Stripe, { paymentId, transactionId, attemptedSince }: PaymentRef) {
  if (transactionId !== undefined)
    return stripe.paymentIntents.retrieve(transactionId, { expand: ["latest_charge"] });
  return attemptedSince ? listed(stripe, paymentId, attemptedSince) : searched(stripe, paymentId);
}

/**
 * Stripe's search lags by a minute, in an outage by an hour: a charge that is repeated because the search did not find
 * it has the same idempotency key, so Stripe returns the first charge.
 */
async function searched(stripe: Stripe, paymentId: string) {
  const query = `metadata["payment_id"]:${JSON.stringify(paymentId)}`;
  const { data } = await stripe.paymentIntents.search({ query, limit: 1, expand: ["data.latest_charge"] });
  return data[0];
}

/** Stripe's clock may differ. */
const clockMarginSeconds = 300;

/** A new PaymentIntent is in Stripe's list at once. */
async function listed(stripe: Stripe, paymentId: string, since: Date) {
  const gte = Math.floor(since.getTime() / 1000) - clockMarginSeconds;
  const expand = ["data.latest_charge"];
  for await (const intent of stripe.paymentIntents.list({ created: { gte }, limit: 100, expand }))
    if (intent.metadata.payment_id === paymentId) return intent;
  return undefined;
}
