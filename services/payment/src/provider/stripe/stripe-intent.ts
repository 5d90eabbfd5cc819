import { add, type Money } from "@till/money";
import { z } from "zod";
import type { NoResponse, Outcome, PaymentRef } from "../../rules/provider.ts";
import { cardShape, codeShape, optionalCode, urlShape } from "../shapes.ts";
import { moneyFromStripe } from "./stripe-amount.ts";
import { failureFrom } from "./stripe-failure.ts";
import type { Card } from "../../rules/payment.ts";

/** The fields of a PaymentIntent that Till reads. */
export type Intent = z.output<typeof intentShape>;

/** Reads a PaymentIntent; undefined if it is invalid or belongs to another payment. */
export function readIntent(response: unknown, { paymentId }: PaymentRef): Intent | undefined {
  const { data } = intentShape.safeParse(response);
  return data?.metadata.payment_id === paymentId ? data : undefined;
}

/** Returns the outcome that a PaymentIntent's status stands for. */
export function outcomeOf(intent: Intent | undefined): Outcome & Captured {
  if (!intent) return notUnderstood;
  const { id: transactionId, currency, last_payment_error: error } = intent;
  const amountOf = (units: number) => moneyFromStripe(currency, units);
  const [authorized, captured] = [amountOf(intent.amount), amountOf(intent.amount_received)];
  const card = cardOf(intent);
  if (!authorized || !captured) return notUnderstood;
  const approved = { kind: "approved", transactionId, amount: captured, authorized, captured, card } as const;
  switch (intent.status) {
    case "succeeded":
      return approved;
    case "requires_capture": {
      const open = amountOf(intent.amount_capturable);
      if (!open) return notUnderstood;
      return { kind: "authorized", transactionId, amount: add(open, captured), captured, card };
    }
    case "requires_action": {
      const url = intent.next_action?.redirect_to_url?.url;
      return url ? { kind: "requires-action", transactionId, url } : notUnderstood;
    }
    case "requires_payment_method":
      return error ? { kind: "declined", transactionId, ...failureFrom(error) } : notUnderstood;
    case "canceled":
      // Of an authorization that was captured in part, the rest alone is canceled.
      return captured.minorUnits > 0n ? approved : { kind: "voided", transactionId };
    case "processing":
      return { kind: "unknown", why: "the provider is still processing it" };
    case "requires_confirmation":
      return notUnderstood;
  }
}

type Captured = { readonly captured?: Money | undefined };

/** Whether Stripe has the PaymentIntent and has never tried to charge it: only a request of Till's could. */
export function isUntried({ status, last_payment_error: error }: Intent): boolean {
  return status === "requires_confirmation" || (status === "requires_payment_method" && !error);
}

/** Returns a PaymentIntent's latest charge, if the request expanded it. */
export function chargeOf({ latest_charge: charge }: Intent) {
  return typeof charge === "object" ? (charge ?? undefined) : undefined;
}

function cardOf(intent: Intent): Card | undefined {
  return cardShape.safeParse(chargeOf(intent)?.payment_method_details?.card).data;
}

/** The outcome of a response that is invalid or not expected. */
export const notUnderstood: NoResponse = { kind: "unknown", why: "an invalid response" };

const units = z.int().min(0);
const text = z.string().nullish();

const charge = z.object({
  id: codeShape,
  amount_refunded: units,
  disputed: z.boolean().optional(),
  payment_method_details: z
    .object({ card: z.looseObject({ multicapture: z.object({ status: z.string() }).nullish() }).nullish() })
    .nullish(),
});

const intentShape = z.object({
  id: codeShape,
  status: z.enum([
    "canceled",
    "processing",
    "requires_action",
    "requires_capture",
    "requires_confirmation",
    "requires_payment_method",
    "succeeded",
  ]),
  amount: units,
  amount_capturable: units,
  amount_received: units,
  currency: z.string(),
  metadata: z.record(z.string(), z.string()),
  next_action: z.object({ redirect_to_url: z.object({ url: urlShape }).nullish() }).nullish(),
  last_payment_error: z
    .object({ code: optionalCode, decline_code: optionalCode, advice_code: optionalCode, message: text })
    .nullish(),
  latest_charge: z.union([z.string(), charge]).nullish(),
});
