import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { call, eur, euros, type Caller, type Known, type Row } from "./call-forms.ts";
import { newKey } from "./rest.ts";

/** Calls on payments, in the words of every protocol. */

const rpc = PaymentService.method;

export function pay(
  what: string,
  as: Caller,
  id: (known: Known) => string,
  amount: number,
  card: string,
  keyed = true,
): Row {
  return {
    what: `ProcessPayment ${what}`,
    as,
    ...(keyed && { key: newKey() }),
    rpc: (known) =>
      call(rpc.processPayment, {
        orderId: id(known),
        amount: eur(amount),
        method: { case: "paymentToken", value: card },
      }),
    till: ({ payments }, known, options) =>
      payments.process({ orderId: id(known), amount: euros(amount), paymentToken: card }, options),
    rest: (known) => [
      [
        "POST /payments",
        { orderId: id(known), amount, currency: "EUR", paymentMethod: "card", cardToken: card },
      ],
    ],
  };
}

export function refund(what: string, as: Caller, id: (known: Known) => string, amount: number): Row {
  return {
    what: `RefundPayment ${what}`,
    as,
    key: newKey(),
    rpc: (known) => call(rpc.refundPayment, { paymentId: id(known), amount: eur(amount) }),
    async till({ payments }, known, options) {
      const refunded = await payments.refund(id(known), { amount: euros(amount), ...options });
      return [refunded.payment, refunded.refund];
    },
    rest: (known) => [[`POST /payments/${id(known)}/refund`, { amount, currency: "EUR" }]],
  };
}

export function getPayment(what: string, as: Caller, id: (known: Known) => string): Row {
  return {
    what: `GetPayment ${what}`,
    as,
    rpc: (known) => call(rpc.getPayment, { paymentId: id(known) }),
    till: ({ payments }, known) => payments.get(id(known)),
    rest: (known) => [[`GET /payments/${id(known)}`]],
  };
}
