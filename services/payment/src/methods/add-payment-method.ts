import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { requireIdempotencyKey, type UnaryHandler } from "@till/rpc/server";
import { contextOf } from "../rules/decision.ts";
import type { Provider } from "../rules/provider.ts";
import type { PaymentMethods } from "../store/payment-methods.ts";
import { appError } from "../rules/errors.ts";
import { cardHolder, methodToProto, methodRequestKey } from "./method-requests.ts";
import type { MethodAttempts } from "./method-attempts.ts";
import { isExpired } from "../rules/payment-method.ts";
import type { Card } from "../rules/payment.ts";

type AddDependencies = {
  readonly methods: Pick<PaymentMethods, "add" | "findByKey">;
  readonly methodAttempts: MethodAttempts;
  readonly provider: Pick<Provider, "describeCard">;
  readonly newId: () => string;
  readonly now: () => Date;
};

/**
 * PaymentService.AddPaymentMethod: stores the provider's card display and the encrypted token. The same card twice is one
 * payment method.
 */
export function addPaymentMethodRpc(
  deps: AddDependencies,
): UnaryHandler<typeof PaymentService.method.addPaymentMethod> {
  return async ({ userId: requestedId, paymentToken: token, makeDefault, idempotencyKey }, call) => {
    const key = requireIdempotencyKey(idempotencyKey, call);
    const userId = cardHolder(requestedId, call);
    const request = methodRequestKey(key, call, [userId, token, makeDefault]);
    const earlier = await deps.methods.findByKey(request);
    const added = earlier
      ? { method: earlier, isReplay: true }
      : await deps.methodAttempts.attempt(userId, deps.now(), async () =>
          deps.methods.add(
            { id: deps.newId(), token, details: await describe(deps, token), makeDefault },
            { userId, request, ...contextOf(call, deps.now()) },
          ),
        );
    if (added.isReplay) call.setTrailer("idempotent-replay", "true");
    return { paymentMethod: methodToProto(added.method, call.caller), idempotentReplay: added.isReplay };
  };
}

async function describe({ provider, now }: AddDependencies, token: string): Promise<Card> {
  const found = await provider.describeCard(token);
  if (!("kind" in found)) {
    if (isExpired(found, now())) throw appError("PAYMENT_METHOD_INVALID", "the card has expired");
    return found;
  }
  if (found.kind === "invalid") {
    const why = found.wanted
      ? `this token can be charged once only; a stored card needs ${found.wanted}`
      : "the payment provider does not know this token";
    throw appError("PAYMENT_METHOD_INVALID", why);
  }
  throw appError("UPSTREAM_UNAVAILABLE", "psp cannot be reached, try again", {
    upstream: "psp",
    cause: new Error(found.why),
  });
}
