import { money } from "@till/money";
import { AppError } from "@till/rpc/errors";
import type { Caller } from "./access.ts";
import { beginCapture, beginRefund, beginVoid } from "./begin-operation.ts";
import { isChange, unchanged, type Context, type Decision } from "./decision.ts";
import { appError } from "./errors.ts";
import { refundable, type NewOperation } from "./operation.ts";
import type { Payment, PaymentStatus } from "./payment.ts";

/** A command on a payment: the status that it leads to, and the roles that may call it. */
type Action = {
  readonly rpc: string;
  readonly to: (payment: Payment) => PaymentStatus;
  readonly roles: readonly Caller["role"][];
  readonly try: (payment: Payment, given: NewOperation, context: Context) => Decision;
};

/** Every command that changes the status of a payment. */
export const actions: readonly Action[] = [
  {
    rpc: "CapturePayment",
    to: () => "PROCESSED",
    roles: ["service", "admin"],
    try: (payment, given, context) => beginCapture(payment, undefined, given, context),
  },
  {
    rpc: "VoidPayment",
    to: ({ captured }) => (captured.minorUnits === 0n ? "VOIDED" : "PROCESSED"),
    roles: ["user", "service", "admin"],
    try: beginVoid,
  },
  {
    rpc: "RefundPayment",
    to: () => "PARTIALLY_REFUNDED",
    roles: ["service", "admin"],
    try: (payment, given, context) => {
      const least = money(payment.amount.currency, 1n);
      const isPart = refundable(payment).minorUnits > least.minorUnits;
      return isPart ? beginRefund(payment, least, given, context) : unchanged(payment);
    },
  },
  {
    rpc: "RefundPayment",
    to: () => "REFUNDED",
    roles: ["service", "admin"],
    try: (payment, given, context) => beginRefund(payment, undefined, given, context),
  },
];

/**
 * Decides on a caller's command. An ILLEGAL_TRANSITION that the rule throws gets `allowed`: the other statuses that this
 * caller may bring the payment to now.
 */
export function decideForCaller(
  payment: Payment,
  { role }: Pick<Caller, "role">,
  context: Context,
  decide: () => Decision,
): Decision {
  try {
    return decide();
  } catch (error) {
    if (!isIllegal(error)) throw error;
    const metadata = { ...error.facts.metadata, allowed: allowedStatuses(payment, role, context).join(",") };
    throw appError("ILLEGAL_TRANSITION", error.message, { ...error.facts, metadata, cause: error });
  }
}

/** The statuses other than its own that a caller may bring a payment to now, each once. */
function allowedStatuses(payment: Payment, role: Caller["role"], context: Context): PaymentStatus[] {
  const open = actions.filter((action) => action.roles.includes(role) && isOpen(action, payment, context));
  const statuses = new Set(open.map(({ to }) => to(payment)));
  statuses.delete(payment.status);
  return [...statuses];
}

function isOpen(action: Action, payment: Payment, context: Context): boolean {
  try {
    return isChange(action.try(payment, { id: noId }, context));
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

function isIllegal(error: unknown): error is AppError {
  return error instanceof AppError && error.reason === "ILLEGAL_TRANSITION";
}

const noId = "00000000-0000-0000-0000-000000000000";
