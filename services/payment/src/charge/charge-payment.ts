import { AppError } from "@till/rpc/errors";
import type { Call } from "@till/rpc/server";
import { contextOf } from "../rules/decision.ts";
import { appError } from "../rules/errors.ts";
import { resumeAttempt } from "../rules/lease.ts";
import { isOpen, type Payment } from "../rules/payment.ts";
import { requestPayment } from "../rules/request-payment.ts";
import type { InsertResult } from "../store/store.ts";
import { syncPayment } from "../sync/sync-payment.ts";
import { beginOrderPayment } from "./begin-order-payment.ts";
import { callProvider } from "./call-provider.ts";
import { cardToCharge, sourceOfPayment } from "./card-to-charge.ts";
import type { ChargeDependencies } from "./charge-dependencies.ts";
import { cardHashOf, type ChargeRequest } from "./charge-request.ts";
import { chargeResultOf, recordOutcome, rejectPayment } from "./charge-result.ts";

/**
 * Charges or authorizes an order's total in three visible steps: the intent is committed, the provider is called with
 * the payment's id as its idempotency key, the outcome is committed and published. Safe to repeat: one caller and key
 * have one payment and at most one charge, and the insert tells a repeat, so that a first call reads nothing for it. Once
 * the intent is committed, a caller that hangs up changes nothing.
 */
export async function chargePayment(
  deps: ChargeDependencies,
  request: ChargeRequest,
  call: Call,
): Promise<InsertResult> {
  const payment = await newPayment(deps, request, call).catch(async (error: unknown) => {
    // A repeat needs neither the order nor the card as they are now.
    const earlier = await deps.store.findByKey(request.key);
    if (earlier) return { earlier };
    throw error;
  });
  if ("earlier" in payment) return repeat(deps, payment.earlier, request, call);

  const { decision, token } = payment;
  call.requireTime();
  const cardHash = cardHashOf(decision.payment.userId, token);
  deps.unadmitted.count(call.caller);
  const inserted = await deps.store
    .insert({ key: request.key, decision, cardHash })
    .catch((error: unknown) => {
      deps.unadmitted.release(call.caller);
      throw error;
    });
  if (inserted.isReplay) {
    deps.unadmitted.release(call.caller);
    return repeat(deps, inserted.payment, request, call);
  }
  return { payment: await tracked(deps, inserted.payment, token, call), isReplay: false };
}

/**
 * The payment to write, with the card's token. After many payments that their orders rejected, a user's is written only
 * where its order would admit it; the others spare the order service this call. Throws why it would not.
 */
async function newPayment(deps: ChargeDependencies, request: ChargeRequest, call: Call) {
  const userId = await payerOf(deps, request, call);
  const { token, paymentMethodId } = await cardToCharge(deps, userId, request.source);
  const decision = decide(deps, { userId, paymentMethodId }, request, call);
  if (!deps.unadmitted.areMany(call.caller)) return { decision, token };
  const admission = await deps.orders.validate(decision.payment, call, deps.policies.admissionMs);
  // What holds the slot may be about to free it: the insert finds out, or the order.
  if (admission.kind !== "admitted" && admission.error.reason !== "PAYMENT_IN_PROGRESS")
    throw admission.error;
  return { decision, token };
}

function decide(
  deps: ChargeDependencies,
  { userId, paymentMethodId }: Pick<Payment, "userId" | "paymentMethodId">,
  request: ChargeRequest,
  call: Call,
) {
  const { key, orderId, amount, captureMethod } = request;
  const context = contextOf(call, deps.now());
  const leaseExpiresAt = new Date(context.now.getTime() + deps.policies.attemptMs);
  return requestPayment(
    {
      ...{ id: deps.newId(), userId, orderId, amount, method: "card", paymentMethodId },
      ...{ captureMethod, leaseExpiresAt, request: key },
    },
    context,
  );
}

/** An attempt whose end the webhooks of its payment wait for: it brings what they tell. */
function tracked(deps: ChargeDependencies, payment: Payment, token: string, call: Call): Promise<Payment> {
  return deps.inFlight.track(attempt(deps, payment, token, call), payment.id);
}

/** The order's admission, then the provider, then the outcome. */
async function attempt(
  deps: ChargeDependencies,
  payment: Payment,
  token: string,
  call: Call,
): Promise<Payment> {
  const admission = await beginOrderPayment(deps, payment, call);
  if (admission.kind === "rejected") deps.unadmitted.rejected(call.caller);
  else deps.unadmitted.release(call.caller);
  if (admission.kind !== "admitted") return rejectPayment(deps, payment, admission, call);
  return recordOutcome(deps, payment, await callProvider(deps, payment, token), call);
}

/** A key that was used before returns its payment as it stands; a payment without an outcome is resumed. */
async function repeat(
  deps: ChargeDependencies,
  earlier: Payment,
  request: ChargeRequest,
  call: Call,
): Promise<InsertResult> {
  call.setTrailer("idempotent-replay", "true");
  call.requireTime();
  const context = contextOf(call, deps.now());
  const leaseExpiresAt = new Date(context.now.getTime() + deps.policies.attemptMs);
  let payment = earlier;
  if (isOpen(earlier)) {
    const decide = (current: Payment) => resumeAttempt(current, leaseExpiresAt, context);
    payment = (await deps.store.update({ id: earlier.id, decide })).state;
  } else if (earlier.status === "REQUIRES_ACTION") {
    payment = await syncPayment(deps, earlier, context);
  }
  deps.telemetry.paymentRepeated(payment, call);
  if (!isOpen(payment)) return { payment: chargeResultOf(payment), isReplay: true };
  return { payment: await resume(deps, payment, request, call), isReplay: true };
}

/** After an unknown outcome the provider is read first; it is charged again only when it has no such payment. */
async function resume(
  deps: ChargeDependencies,
  payment: Payment,
  { source }: ChargeRequest,
  call: Call,
): Promise<Payment> {
  if (payment.status === "UNKNOWN") {
    const found = await deps.provider.find({ paymentId: payment.id, transactionId: payment.transactionId });
    if (found.kind !== "missing") return recordOutcome(deps, payment, found, call);
  }
  let token: string;
  try {
    ({ token } = await cardToCharge(deps, payment.userId, sourceOfPayment(payment, source)));
  } catch (cause) {
    // An earlier attempt may hold the order's slot: the recovery worker frees it when it fails the payment.
    return rejectPayment(deps, payment, { kind: "unreachable", error: tokenError(cause) }, call);
  }
  return tracked(deps, payment, token, call);
}

function tokenError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const facts = { upstream: "payment methods", cause };
  return appError("UPSTREAM_UNAVAILABLE", "payment methods cannot be reached, try again", facts);
}

/** A user pays for itself; a service pays for the order's owner. Throws ORDER_NOT_FOUND. */
async function payerOf(
  { orders }: ChargeDependencies,
  { orderId }: ChargeRequest,
  { caller, signal }: Call,
): Promise<string> {
  if (caller.role === "user") return caller.id;
  const order = await orders.find(orderId, signal);
  if (order) return order.userId;
  throw appError("ORDER_NOT_FOUND", `no order ${orderId}`);
}
