import { AppError, reasonOf } from "@till/rpc/errors";
import type { Call } from "@till/rpc/server";
import { contextOf } from "../context.ts";
import type { Deps } from "../deps.ts";
import { takeBackAttempt } from "../limits/take-back-attempt.ts";
import { appError } from "../rules/errors.ts";
import { beginOrderPayment } from "./begin-order-payment.ts";
import { chargeResultOf, recordOutcome, rejectPayment, type ShutGate } from "./charge-result.ts";
import { resumeAttempt } from "../rules/lease.ts";
import type { ChargeRequest, Source } from "./charge-request.ts";
import { requestPayment } from "../rules/request-payment.ts";
import { isOpen, type Payment } from "../rules/payment.ts";
import { chargeOf, type Outcome } from "../rules/provider.ts";
import { isWrongAmount } from "../rules/apply-charge-outcome.ts";
import { syncPayment } from "../sync/sync-payment.ts";
import type { Placed } from "../store/place-payments.ts";

/**
 * Takes or holds an order's total in three visible steps: the intent is committed, the provider is called with the
 * payment's id as its key, the outcome is committed and published. Safe to repeat: one caller and key always come to
 * one payment and at most one charge. Once the intent is committed, a caller that leaves changes nothing.
 */
export async function pay(deps: Deps, asked: ChargeRequest, call: Call): Promise<Placed> {
  const earlier = await deps.store.findByKey(asked.key);
  if (earlier) return repeat(deps, earlier, asked, call);

  const userId = await payerOf(deps, asked, call);
  const { key: request, orderId, amount, source, wantsCapture } = asked;
  const token =
    source.kind === "token" ? source.token : await deps.methods.tokenFor(userId, source.paymentMethodId);
  const context = contextOf(deps, call);
  const paymentMethodId = source.kind === "method" ? source.paymentMethodId : undefined;
  const leaseExpiresAt = new Date(context.now.getTime() + deps.policies.attemptMs);
  const decision = requestPayment(
    {
      ...{ id: deps.newId(), userId, orderId, amount, method: "card", paymentMethodId },
      ...{ wantsCapture, leaseExpiresAt, request },
    },
    context,
  );
  call.requireTime();
  const recorded = await deps.place({ key: request, decision, token });
  if (recorded.isReplay) return repeat(deps, recorded.payment, asked, call);
  const paid = attempt(deps, recorded.payment, asked, call);
  // The caller does not wait for that to be written down.
  void deps.attempts.track(takeBackIfHarmless(deps, paid, recorded.payment));
  return { payment: await paid, isReplay: false };
}

/** Only declines count against a card, and what may become one. */
async function takeBackIfHarmless(deps: Deps, paid: Promise<Payment>, payment: Payment): Promise<void> {
  const outcome = await paid.then(({ status }) => status, reasonOf);
  if (outcome === "PAYMENT_DECLINED" || outcome === "PAYMENT_UNKNOWN" || outcome === "REQUIRES_ACTION")
    return;
  await takeBackAttempt(deps, payment);
}

/** The token, the order's one gate, then the provider, then the outcome. */
async function attempt(
  deps: Deps,
  payment: Payment,
  { source }: ChargeRequest,
  call: Call,
): Promise<Payment> {
  const token = await tokenOf(deps, payment, source);
  if (typeof token === "object") return rejectPayment(deps, payment, token, call);
  const gate = await beginOrderPayment(deps, payment, call);
  if (gate.kind !== "open") return rejectPayment(deps, payment, gate, call);
  return recordOutcome(deps, payment, await chargeInTime(deps, payment, token), call);
}

/** A key that was used before is answered as its payment stands; one without an outcome is taken up again. */
async function repeat(deps: Deps, earlier: Payment, asked: ChargeRequest, call: Call): Promise<Placed> {
  call.requireTime();
  call.setTrailer("idempotent-replay", "true");
  const context = contextOf(deps, call);
  const until = new Date(context.now.getTime() + deps.policies.attemptMs);
  let payment = earlier;
  if (isOpen(earlier)) {
    const decide = (current: Payment) => resumeAttempt(current, until, context);
    payment = (await deps.store.update({ id: earlier.id, decide })).state;
  } else if (earlier.status === "REQUIRES_ACTION") {
    payment = await syncPayment(deps, earlier, context);
  }
  deps.telemetry.paymentRepeated(payment, call);
  if (!isOpen(payment)) return { payment: chargeResultOf(payment), isReplay: true };
  return { payment: await resume(deps, payment, asked, call), isReplay: true };
}

/** Where money may have been taken, the provider is asked first and charges again only if it knows of nothing. */
async function resume(deps: Deps, payment: Payment, asked: ChargeRequest, call: Call): Promise<Payment> {
  if (payment.status === "PENDING") return attempt(deps, payment, asked, call);
  const found = await deps.provider.find({ paymentId: payment.id, transactionId: payment.transactionId });
  return found.kind === "missing"
    ? attempt(deps, payment, asked, call)
    : recordOutcome(deps, payment, found, call);
}

/** A process that was held up charges nothing once others may have taken the payment over. */
async function chargeInTime(deps: Deps, payment: Payment, token: string): Promise<Outcome> {
  const { provider, policies, now } = deps;
  const leftMs = (payment.leaseExpiresAt?.getTime() ?? 0) - now().getTime();
  if (leftMs < policies.chargeMs) return { kind: "unsent", why: "the attempt ran out of time" };
  const charge = chargeOf(payment, token);
  const outcome = await (payment.wantsCapture ? provider.charge(charge) : provider.authorize(charge));
  return isDoubtful(payment, outcome) ? askAgain(deps, payment, outcome) : outcome;
}

/** Something else than was asked for. Before anything follows from it, the provider has to say it twice. */
function isDoubtful(payment: Payment, outcome: Outcome): boolean {
  return isWrongAmount(payment, outcome) || (outcome.kind === "authorized" && payment.wantsCapture);
}

async function askAgain({ provider }: Deps, { id: paymentId }: Payment, first: Outcome): Promise<Outcome> {
  const found = await provider.find({ paymentId });
  if (found.kind !== "missing") return found;
  return { kind: "unknown", why: `${first.kind} with something else than was asked, then not known` };
}

/** The provider's token for what is charged, read at the moment of use and kept nowhere. */
async function tokenOf(
  { methods }: Deps,
  { userId, version }: Payment,
  source: Source,
): Promise<string | ShutGate> {
  if (source.kind === "token") return source.token;
  try {
    return await methods.tokenFor(userId, source.paymentMethodId);
  } catch (error) {
    // An earlier attempt may have taken the order's slot: the janitor gives that back when it gives the payment up.
    if (error instanceof AppError) return { kind: version === 1 ? "refused" : "unreachable", error };
    return {
      kind: "unreachable",
      error: appError("UPSTREAM_UNAVAILABLE", "payment methods cannot be reached, try again", {
        upstream: "payment methods",
        cause: error,
      }),
    };
  }
}

/** A user pays for itself; a service pays for whoever placed the order. */
async function payerOf(deps: Deps, { orderId }: ChargeRequest, { caller, signal }: Call): Promise<string> {
  if (caller.role === "user") return caller.id;
  const order = await deps.orders.find(orderId, signal);
  if (!order) throw appError("ORDER_NOT_FOUND", `no order ${orderId}`);
  return order.userId;
}
