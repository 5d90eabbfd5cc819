import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Call, UnaryHandler } from "@till/rpc";
import type { Deps } from "./deps.ts";
import { fail } from "./errors.ts";
import { answerFor, conclude, turnBack } from "./payment-answer.ts";
import { resumeAttempt } from "./payment-attempt.ts";
import { isOpen, requestPayment, type Payment } from "./payment.ts";
import { askedPaymentFromProto, type AskedPayment } from "./process-payment-request.ts";
import { paymentToProto } from "./proto.ts";
import { chargeOf, type Outcome } from "./provider/provider.ts";
import type { Placed } from "./store.ts";

/** PaymentService.ProcessPayment */
export function processPaymentRpc(deps: Deps): UnaryHandler<typeof PaymentService.method.processPayment> {
  return async (request, call) => {
    const asked = askedPaymentFromProto(request, call);
    const { payment, isReplay } = await deps.attempts.track(processPayment(deps, asked, call));
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    return { payment: paymentToProto(payment), idempotentReplay: isReplay };
  };
}

/**
 * Charges an order's total in three visible steps: the intent is committed, the provider is called with the payment's
 * id as its key, the outcome is committed and published. Safe to repeat: one caller and key always come to one
 * payment and at most one charge. Once the intent is committed, a caller that leaves changes nothing.
 */
export async function processPayment(deps: Deps, asked: AskedPayment, call: Call): Promise<Placed> {
  const earlier = await deps.store.findByKey(asked.key);
  if (earlier) return repeat(deps, earlier, call);

  const userId = await payerOf(deps, asked, call);
  const now = deps.now();
  const decision = requestPayment(
    {
      id: deps.newId(),
      userId,
      orderId: asked.orderId,
      amount: asked.amount,
      method: "card",
      providerToken: asked.token,
      attemptUntil: new Date(now.getTime() + deps.policies.attemptMs),
      request: asked.key,
    },
    { now, actor: `${call.caller.role}:${call.caller.id}` },
  );
  call.requireTime();
  const recorded = await deps.store.insertOnce(asked.key, decision);
  if (recorded.isReplay) return repeat(deps, recorded.payment, call);
  return { payment: await attempt(deps, recorded.payment, call), isReplay: false };
}

/** The order's one gate, then the provider, then the outcome. */
async function attempt(deps: Deps, payment: Payment, call: Call): Promise<Payment> {
  const gate = await deps.orders.begin(payment, call);
  if (gate.kind !== "open") return turnBack(deps, payment, gate, call);
  return conclude(deps, payment, await chargeInTime(deps, payment), call);
}

/** A key that was used before is answered as its payment stands; one without an outcome is taken up again. */
async function repeat(deps: Deps, earlier: Payment, call: Call): Promise<Placed> {
  call.requireTime();
  const now = deps.now();
  const until = new Date(now.getTime() + deps.policies.attemptMs);
  const context = { now, actor: `${call.caller.role}:${call.caller.id}` };
  const payment = isOpen(earlier)
    ? await deps.store.update({ id: earlier.id, decide: (current) => resumeAttempt(current, until, context) })
    : earlier;
  deps.telemetry.paymentRepeated(payment, call);
  if (!isOpen(payment)) return { payment: answerFor(payment), isReplay: true };
  return { payment: await resume(deps, payment, call), isReplay: true };
}

/** Where money may have been taken, the provider is asked first and charges again only if it knows of nothing. */
async function resume(deps: Deps, payment: Payment, call: Call): Promise<Payment> {
  if (payment.status === "PENDING") return attempt(deps, payment, call);
  const found = await deps.provider.find(chargeOf(payment));
  return found.kind === "missing" ? attempt(deps, payment, call) : conclude(deps, payment, found, call);
}

/** A process that was held up charges nothing once others may have taken the payment over. */
async function chargeInTime({ provider, policies, now }: Deps, payment: Payment): Promise<Outcome> {
  const leftMs = (payment.attemptUntil?.getTime() ?? 0) - now().getTime();
  if (leftMs < policies.providerMs) return { kind: "unsent", why: "the attempt ran out of time" };
  return provider.charge(chargeOf(payment));
}

/** A user pays for itself; a service pays for whoever placed the order. */
async function payerOf(deps: Deps, { orderId }: AskedPayment, { caller, signal }: Call): Promise<string> {
  if (caller.role === "user") return caller.id;
  const order = await deps.orders.find(orderId, signal);
  return order?.userId ?? fail("ORDER_NOT_FOUND", `no order ${orderId}`);
}
