import type { Stripe } from "stripe";
import { ProviderUnreachable, type LedgerEntry, type LedgerRange } from "../../rules/provider.ts";
import { moneyFromStripe } from "./stripe-amount.ts";
import { disputedUnits, disputeShape, disputeState } from "./stripe-disputes.ts";
import { captureMark } from "./stripe-operations.ts";
import { isRefunded } from "./stripe-refunds.ts";

const day = 24 * 60 * 60;
/** Authorizations last a week, with some cards a month: a capture may come that long after its authorization. */
const longestAuthorization = 31 * day;

/**
 * Returns the ledger entries of Till's payments, from Stripe's charges, refunds and disputes, page by page. The
 * PaymentIntent's own state decides what was captured and released: also what was done in the dashboard is an entry.
 */
export async function* stripeLedger(
  stripe: Stripe,
  { from, until }: LedgerRange,
): AsyncGenerator<LedgerEntry> {
  try {
    for await (const entry of entriesSince(stripe, from, until))
      if (entry.at >= from && entry.at < until) yield entry;
  } catch (cause) {
    throw new ProviderUnreachable("the provider's ledger cannot be read", { cause });
  }
}

async function* entriesSince(stripe: Stripe, from: Date, until: Date): AsyncGenerator<LedgerEntry> {
  const [gte, lt] = [Math.floor(from.getTime() / 1000), Math.ceil(until.getTime() / 1000)];
  const expand = ["data.payment_intent"];
  for await (const charge of stripe.charges.list({
    created: { gte: gte - longestAuthorization, lt },
    limit: 100,
    expand: [...expand, "data.balance_transaction"],
  }))
    yield* entriesOfCharge(charge);
  for await (const refund of stripe.refunds.list({ created: { gte, lt }, limit: 100, expand }))
    yield* entriesOfRefund(refund);
  for await (const dispute of stripe.disputes.list({ created: { gte, lt }, limit: 100, expand }))
    yield* entriesOfDispute(dispute);
}

function* entriesOfCharge(charge: Stripe.Charge): Generator<LedgerEntry> {
  const { id, currency, created, balance_transaction: balance } = charge;
  const intent = intentOf(charge);
  const ids = oursOf(intent);
  if (!intent || !ids || charge.status !== "succeeded") return;
  const entry = (part: string, type: LedgerEntry["type"], units: number, key: string, at: number) =>
    entryOf({ ...ids, id: `${id}${part}`, type, key }, currency, units, at);
  if (intent.capture_method !== "manual") {
    yield entry("", "charge", charge.amount, ids.paymentId, created);
    return;
  }
  yield entry("", "authorize", charge.amount, ids.paymentId, created);
  const capturedAt = typeof balance === "object" && balance ? balance.created : created;
  for (const { key, units } of capturesOf(intent))
    yield entry(`:${key || "capture"}`, "capture", units, key, capturedAt);
  const released = intent.amount - intent.amount_received;
  const isReleased = intent.status === "canceled" || intent.status === "succeeded";
  if (isReleased && released > 0)
    yield entry(":void", "void", released, "", intent.canceled_at ?? capturedAt);
}

/** The captures that Till has marked, and one without a key for all that was captured otherwise. */
function capturesOf({ metadata, amount_received: received }: Stripe.PaymentIntent) {
  const marked = Object.entries(metadata)
    .filter(([name]) => name.startsWith(captureMark("")))
    .map(([name, units]) => ({ key: name.slice(captureMark("").length), units: Number(units) }));
  const rest = received - marked.reduce((sum, { units }) => sum + units, 0);
  if (rest === 0) return marked;
  return rest > 0 ? [...marked, { key: "", units: rest }] : [{ key: "", units: received }];
}

function* entriesOfRefund(refund: Stripe.Refund): Generator<LedgerEntry> {
  const { id, currency, amount, created, metadata } = refund;
  const intent = intentOf(refund);
  const ids = oursOf(intent);
  if (!intent || !ids || !isRefunded(refund, intent)) return;
  yield entryOf({ ...ids, id, type: "refund", key: metadata?.refund_id ?? "" }, currency, amount, created);
}

function* entriesOfDispute(one: Stripe.Dispute): Generator<LedgerEntry> {
  const intent = intentOf(one);
  const ids = oursOf(intent);
  if (!intent || !ids) return;
  const dispute = disputeShape.parse(one);
  const { id, created, balance_transactions: movements } = dispute;
  const state = disputeState(dispute);
  if (!state) return;
  const [currency, units] = [intent.currency, disputedUnits(dispute, intent)];
  yield entryOf({ ...ids, id, type: "refund", key: "", cause: "dispute" }, currency, units, created);
  if (state !== "WON") return;
  const wonAt = movements.at(-1)?.created ?? created;
  const won = { ...ids, id: `${id}:won`, type: "charge", key: "", cause: "dispute_won" } as const;
  yield entryOf(won, currency, units, wonAt);
}

type OfPayment = { readonly payment_intent: string | Stripe.PaymentIntent | null };

/** The PaymentIntent, which the request expands. */
function intentOf({ payment_intent: intent }: OfPayment): Stripe.PaymentIntent | undefined {
  return typeof intent === "object" && intent ? intent : undefined;
}

/** Returns the ids of Till's payment and order; undefined for those of another application with the same account. */
function oursOf(intent: Stripe.PaymentIntent | undefined) {
  const { payment_id: paymentId, order_id: orderId } = intent?.metadata ?? {};
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
