import type { Caller } from "@till/rpc/server";
import type { Payment, Card } from "../rules/payment.ts";

/**
 * A payment as this caller may see it; every response with a payment is made here. That a user
 * sees its own payments only is decided before.
 *
 * | what | the payer | admin | service |
 * |--|--|--|--|
 * | card brand, last four digits | yes | yes | no |
 * | card expiry | yes | no | no |
 * | where the payer goes next (action_url) | yes | no | yes, to send it there |
 * | transaction_id, failure code and reason, sums, times | yes | yes | yes |
 * | history: who did it | yes | yes | yes |
 * | history: address and request id of one's own calls | yes | yes | yes |
 * | history: address and request id of others' calls | no | yes | yes |
 *
 * The history's part is `historyToProto`. A decline's code is shown to the payer as well: ProcessPayment has returned
 * it already, and clients branch on it. The provider's token is never shown.
 */
export function paymentView(payment: Payment, caller: Caller): Payment {
  const { card, actionUrl } = payment;
  return {
    ...payment,
    card: card && cardView(card, caller),
    actionUrl: caller.role === "admin" ? undefined : actionUrl,
  };
}

/** A card as this caller may see it; undefined where it is none of its business. */
export function cardView(card: Card, { role }: Caller): Card | undefined {
  switch (role) {
    case "user":
      return card;
    case "admin":
      return { ...card, expMonth: 0, expYear: 0 };
    case "service":
      return undefined;
  }
}
