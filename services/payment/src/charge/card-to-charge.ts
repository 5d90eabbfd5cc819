import { appError } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";
import type { ChargeDependencies } from "./charge-dependencies.ts";
import type { Source } from "./charge-request.ts";

/** The card that a payment charges: the provider's token, a secret, and the payment method that the token is of. */
export type CardToCharge = { readonly token: string; readonly paymentMethodId: string | undefined };

/**
 * The card of a new payment, read at the moment of use; its token is stored nowhere. Throws PAYMENT_METHOD_NOT_FOUND,
 * and PAYMENT_METHOD_REQUIRED when the request names no card and the payer has no default payment method.
 */
export async function cardToCharge(
  { methods }: Pick<ChargeDependencies, "methods">,
  userId: string,
  source: Source,
): Promise<CardToCharge> {
  switch (source.kind) {
    case "token":
      return { token: source.token, paymentMethodId: undefined };
    case "method": {
      const { paymentMethodId } = source;
      return { token: await methods.tokenFor(userId, paymentMethodId), paymentMethodId };
    }
    case "default": {
      const card = await methods.defaultFor(userId);
      if (!card)
        throw appError("PAYMENT_METHOD_REQUIRED", "there is no default payment method: name what to charge");
      return card;
    }
  }
}

/** The source of a payment that was inserted before: the default payment method may be another one now. */
export function sourceOfPayment({ paymentMethodId }: Payment, source: Source): Source {
  return source.kind === "default" && paymentMethodId !== undefined
    ? { kind: "method", paymentMethodId }
    : source;
}
