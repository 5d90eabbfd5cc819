import { add, subtract, zero, type Money } from "@till/money";
import {
  andThen,
  paidStatus,
  recordChange,
  reverse,
  unchanged,
  type Context,
  type Decision,
} from "./decision.ts";
import { appError } from "./errors.ts";
import { isPaid, refundable } from "./operation.ts";
import type { Dispute, Operation, Payment } from "./payment.ts";
import type { ProviderDispute } from "./provider.ts";

/**
 * Records a payment's dispute as the provider reports it. Withdrawn money counts as refunded, as far as it was not
 * refunded before; a dispute that is won puts it back. A closed dispute is not opened again by an older report.
 */
export function applyDispute(
  payment: Payment,
  found: ProviderDispute | undefined,
  context: Context,
): Decision {
  if (!found || found.amount.currency !== payment.amount.currency || found.amount.minorUnits === 0n)
    return unchanged(payment);
  const known = payment.dispute?.id === found.id ? payment.dispute : undefined;
  if (known && isClosed(known) && !isClosed(found)) return unchanged(payment);
  const opened = known ? unchanged(payment) : openDispute(payment, found, context);
  return andThen(
    andThen(opened, (next) => withdraw(next, found, context)),
    (next) => updateDispute(next, found, context),
  );
}

/** Whether money of the payment is withdrawn by a dispute that is open or lost. */
export function isDisputed({ dispute }: Payment): boolean {
  return dispute !== undefined && dispute.state !== "WON";
}

/** Why disputed money is not refunded. */
export const disputedFailure = {
  code: "payment_disputed",
  reason: "The payer's bank has withdrawn the money.",
  retryable: false,
} as const;

/** Throws PAYMENT_DISPUTED for a refund that would take disputed money; undefined is all that is left. */
export function requireUndisputed(payment: Payment, amount: Money | undefined): void {
  const { id: payment_id, dispute } = payment;
  if (!dispute || !isDisputed(payment)) return;
  const left = refundable(payment);
  if (amount && amount.currency !== left.currency) return;
  const isDisputedMoney = amount
    ? amount.minorUnits > left.minorUnits &&
      amount.minorUnits <= left.minorUnits + dispute.withdrawn.minorUnits
    : left.minorUnits === 0n;
  if (!isDisputedMoney) return;
  const metadata = { payment_id, dispute_id: dispute.id, dispute_state: dispute.state };
  throw appError("PAYMENT_DISPUTED", "the money is disputed: the payer's bank has withdrawn it", {
    metadata,
  });
}

/** Whether a refund that was begun before the dispute would refund money that the dispute withdrew. */
export function isRefundOfDisputed(payment: Payment, { kind, amount }: Operation): boolean {
  const { captured, refunded, dispute } = payment;
  if (kind !== "refund" || !dispute || !isDisputed(payment)) return false;
  const uncounted = subtract(dispute.amount, dispute.withdrawn);
  const left = captured.minorUnits - refunded.minorUnits - uncounted.minorUnits;
  return amount.minorUnits > left;
}

function openDispute(payment: Payment, found: ProviderDispute, context: Context): Decision {
  const { id, reason, amount, respondBy } = found;
  const withdrawn = smaller(amount, refundable(payment));
  const dispute: Dispute = {
    ...{ id, reason, amount, respondBy, withdrawn },
    state: isClosed(found) ? "NEEDS_RESPONSE" : found.state,
  };
  const refunded = add(payment.refunded, withdrawn);
  const status = isPaid(payment) ? paidStatus(payment.captured, refunded) : payment.status;
  const how = { ...context, entry: "DISPUTE_OPENED", reason, amount };
  return withDisputed(recordChange(payment, { ...how, change: { dispute, refunded, status } }), withdrawn);
}

/** Counts what could not be counted before, as while a refund was under way that has failed since. */
function withdraw(payment: Payment, found: ProviderDispute, context: Context): Decision {
  const { dispute } = payment;
  if (!dispute || found.state === "WON" || dispute.state === "WON") return unchanged(payment);
  const more = smaller(subtract(dispute.amount, dispute.withdrawn), refundable(payment));
  if (more.minorUnits === 0n) return unchanged(payment);
  const withdrawn = add(dispute.withdrawn, more);
  const refunded = add(payment.refunded, more);
  const status = isPaid(payment) ? paidStatus(payment.captured, refunded) : payment.status;
  const change = { dispute: { ...dispute, withdrawn }, refunded, status };
  const how = { ...context, entry: "DISPUTE_WITHDRAWN", reason: dispute.reason, amount: more, change };
  return withDisputed(recordChange(payment, how), more);
}

/** Publishes money that a dispute withdrew; a dispute of money that was refunded before moves none. */
function withDisputed(decision: Decision, amount: Money): Decision {
  const { payment } = decision;
  if (amount.minorUnits === 0n) return decision;
  return { ...decision, events: [{ type: "payment.disputed", payment, dispute: payment.dispute!, amount }] };
}

const changes = {
  NEEDS_RESPONSE: { entry: "DISPUTE_NEEDS_RESPONSE" },
  UNDER_REVIEW: { entry: "DISPUTE_UNDER_REVIEW" },
  WON: { entry: "DISPUTE_WON" },
  LOST: { entry: "DISPUTE_LOST" },
} as const;

function updateDispute(
  payment: Payment,
  { state, reason, respondBy }: ProviderDispute,
  context: Context,
): Decision {
  const { dispute, amount } = payment;
  if (!dispute || dispute.state === state) return unchanged(payment);
  const how = { ...context, ...changes[state], reason, amount: dispute.amount };
  const next: Dispute = { ...dispute, state, reason, respondBy };
  if (state === "NEEDS_RESPONSE" || state === "UNDER_REVIEW")
    return recordChange(payment, { ...how, change: { dispute: next } });
  const closed: Dispute = state === "WON" ? { ...next, withdrawn: zero(amount.currency) } : next;
  const refunded = state === "WON" ? subtract(payment.refunded, dispute.withdrawn) : payment.refunded;
  const decision = reverse(payment, refunded, { ...how, change: { dispute: closed } });
  if (dispute.withdrawn.minorUnits === 0n) return decision;
  const facts = { payment: decision.payment, dispute: closed, amount: dispute.withdrawn };
  return { ...decision, events: [{ type: "payment.dispute_closed", ...facts }] };
}

function isClosed({ state }: Pick<Dispute, "state">): boolean {
  return state === "WON" || state === "LOST";
}

function smaller(one: Money, other: Money): Money {
  return one.minorUnits < other.minorUnits ? one : other;
}
