import { PaymentStatus, RefundStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { shop, type LedgerEntry, type PaymentWorld } from "./payment-service.ts";

/** An amount in euros, such as 12.50. */
export function euros(amount: number) {
  const cents = Math.round(amount * 100);
  return { currencyCode: "EUR", units: BigInt(Math.trunc(cents / 100)), nanos: (cents % 100) * 10_000_000 };
}

type Asked = {
  readonly amount?: number;
  readonly key?: string;
  readonly replica?: number;
  readonly reason?: string;
};

/** What may be done with a payment, as a shop does it. */
export function operationsOn(world: PaymentWorld) {
  const asked = (paymentId: string, { amount, key = newId() }: Asked) => ({
    paymentId,
    ...(amount !== undefined && { amount: euros(amount) }),
    idempotencyKey: key,
  });
  const as = ({ replica }: Asked) => world.payments(shop, "service", replica);
  return {
    /** A payment of 49 euros that is held, or taken. */
    async held(token = "tok_approve"): Promise<Payment> {
      const method = { case: "paymentToken" as const, value: token };
      const orderId = await world.place();
      const request = { orderId, amount: euros(49), method, idempotencyKey: newId() };
      return (await world.payments(world.payerOf(orderId)).authorizePayment(request)).payment!;
    },
    async taken(token = "tok_approve"): Promise<Payment> {
      return (await world.pay(await world.place(), token)).payment!;
    },
    capture: (paymentId: string, how: Asked = {}) => as(how).capturePayment(asked(paymentId, how)),
    refund: (paymentId: string, how: Asked = {}) =>
      as(how).refundPayment({ ...asked(paymentId, how), reason: how.reason ?? "" }),
    letGo: (paymentId: string, how: Asked = {}) =>
      as(how).voidPayment({ paymentId, idempotencyKey: how.key ?? "" }),
    async get(paymentId: string) {
      return world.payments(shop, "service").getPayment({ paymentId });
    },
    untilPayment: (paymentId: string, status: keyof typeof PaymentStatus) =>
      eventually(async () => {
        const { payment, refunds } = await world.payments(shop, "service").getPayment({ paymentId });
        expect(PaymentStatus[payment!.status]).to.equal(status);
        return { payment: payment!, refunds };
      }),
  };
}

/** The ledger's entries as `type amount`, such as `capture 1250`. */
export const said = (entries: readonly LedgerEntry[]) =>
  entries.map(({ type, amount }) => `${type} ${amount}`);

/** A payment in short: its status and what was authorised, captured and refunded, in cents. */
export function short(payment: Payment | undefined) {
  const cents = (value: Payment["amount"]) => Number(value!.units) * 100 + value!.nanos / 10_000_000;
  const { status, authorized, captured, refunded } = payment!;
  return [PaymentStatus[status], cents(authorized), cents(captured), cents(refunded)];
}

export const statusOf = (refund: { readonly status: RefundStatus } | undefined) =>
  RefundStatus[refund!.status];
