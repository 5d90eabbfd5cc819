import type { Stripe } from "stripe";
import { ProviderUnreachable, type LedgerEntry, type LedgerRange } from "../../rules/provider.ts";
import { moneyFromStripe } from "./stripe-amount.ts";
import { captureMark } from "./stripe-operations.ts";

const day = 24 * 60 * 60;
/** Authorizations last a week, with some cards a month: a capture may come that long after its authorization. */
const longestAuthorization = 31 * day;

/**
 * Returns the ledger entries of Till's payments, from Stripe's charges and refunds, page by page. An authorized charge
 * is one entry for the authorization and one for each capture; a refund of an uncaptured charge is a void.
 */
export async function* stripeLedger(
  stripe: Stripe,
  { from, until }: LedgerRange,
): AsyncGenerator<LedgerEntry> {
  const [gte, lt] = [Math.floor(from.getTime() / 1000), Math.ceil(until.getTime() / 1000)];
  try {
    const expand = ["data.payment_intent", "data.balance_transaction"];
    for await (const charge of stripe.charges.list({
      created: { gte: gte - longestAuthorization, lt },
      limit: 100,
      expand,
    }))
      for (const entry of entriesOfCharge(charge)) if (entry.at >= from && entry.at < until) yield entry;
    const refunds = stripe.refunds.list({ created: { gte, lt }, limit: 100, expand: ["data.charge"] });
    for await (const refund of refunds)
      for (const entry of entriesOfRefund(refund)) if (entry.at >= from && entry.at < until) yield entry;
  } catch (cause) {
    throw new ProviderUnreachable("the provider's ledger cannot be read", { cause });
  }
}

function* entriesOfCharge(charge: Stripe.Charge): Generator<LedgerEntry> {
  const ids = oursOf(charge);
  const { payment_intent: intent, balance_transaction: balance } = charge;
  if (!ids || charge.status !== "succeeded" || !intent || typeof intent === "string") return;
  const { id, currency } = charge;
  const entry = (part: string, type: LedgerEntry["type"], units: number, key: string, created: number) =>
    entryOf({ ...ids, id: `${id}${part}`, type, key }, currency, units, created);
  if (intent.capture_method !== "manual") {
    yield entry("", "charge", charge.amount, ids.paymentId, charge.created);
    return;
  }
  yield entry("", "authorize", charge.amount, ids.paymentId, charge.created);
  const capturedAt = typeof balance === "object" && balance ? balance.created : charge.created;
  for (const [name, units] of Object.entries(intent.metadata)) {
    if (!name.startsWith(captureMark(""))) continue;
    const key = name.slice(captureMark("").length);
    yield entry(`:${key}`, "capture", Number(units), key, capturedAt);
  }
}

function* entriesOfRefund(refund: Stripe.Refund): Generator<LedgerEntry> {
  const { id, charge, currency, amount, created, status, metadata } = refund;
  const ids = charge && typeof charge !== "string" ? oursOf(charge) : undefined;
  if (!ids || !charge || typeof charge === "string" || status === "failed" || status === "canceled") return;
  const type = charge.captured ? "refund" : "void";
  yield entryOf({ ...ids, id, type, key: metadata?.refund_id ?? "" }, currency, amount, created);
}

/** Returns the ids of Till's payment and order; undefined for a charge of another application with the same account. */
function oursOf({ metadata: { payment_id: paymentId, order_id: orderId } }: Stripe.Charge) {
  return paymentId && orderId ? { paymentId, orderId } : undefined;
}

function entryOf(
  what: Omit<LedgerEntry, "amount" | "at">,
  currency: string,
  units: number,
  createdSeconds: number,
): LedgerEntry {
  const amount = moneyFromStripe(currency, units);
  if (!amount) throw new Error(`${what.id} has an invalid amount`);
  return { ...what, amount, at: new Date(createdSeconds * 1000) };
}
