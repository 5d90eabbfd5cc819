import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus, RefundStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import { expect } from "chai";
import { eur, newCourse, newUser, courseLine } from "./fixtures.ts";
import { eventually } from "./eventually.ts";
import { factsOf, failureOf } from "./failure-of.ts";
import type { PaymentSystem } from "./payment-system.ts";

/** An order with a token to pay it with, and whoever deals with it. */
export type TokenOrder = Awaited<ReturnType<typeof orderToPayWith>>;

/** Places an order of EUR 10.00, and knows all that can be done with it. */
export async function orderToPayWith(system: PaymentSystem, token: string) {
  const userId = newUser();
  const [buyer, payer] = [system.ordersAs(userId, "user"), system.paymentsAs(userId, "user")];
  const [admin, shop] = [system.ordersAs(undefined, "admin"), system.paymentsAs()];
  const items = [courseLine(newCourse())];
  const { id } = (await buyer.createOrder({ items, idempotencyKey: system.newKey() })).order!;
  const asked = (value: string, idempotencyKey = system.newKey()) => ({
    ...{ orderId: id, amount: eur(10), idempotencyKey },
    method: { case: "paymentToken" as const, value },
  });
  const payments = async () => (await shop.listPayments({ orderId: id })).payments;

  async function askAndGrant(amount?: number): Promise<void> {
    await buyer.requestRefund({ orderId: id, reason: "not for me", idempotencyKey: system.newKey() });
    const some = amount === undefined ? {} : { amount: eur(amount) };
    await admin.approveRefund({ orderId: id, ...some, idempotencyKey: system.newKey() });
  }

  return {
    id,
    payments,
    parties: system.parties(),
    pay: async (value = token) => (await payer.processPayment(asked(value))).payment!,
    repeatPay: (key: string) => payer.processPayment(asked(token, key)),
    async refusedPay(key?: string) {
      const failure = await failureOf(payer.processPayment(asked(token, key)));
      const { reason, metadata } = factsOf(failure);
      const { failure_code = "", retryable = "" } = metadata;
      return {
        reason,
        failure_code,
        retryable,
        hasRetryHint: failure.findDetails(RetryInfoSchema).length > 0,
      };
    },
    hold: async () => (await payer.authorizePayment(asked(token))).payment!,
    capture: (paymentId: string, key: string, amount = 10) =>
      shop.capturePayment({ paymentId, amount: eur(amount), idempotencyKey: `${paymentId}-${key}` }),
    letGo: (paymentId: string) => payer.voidPayment({ paymentId, idempotencyKey: "void" }),
    refund: (paymentId: string, amount: number, key: string) =>
      shop.refundPayment({ paymentId, amount: eur(amount), idempotencyKey: `${paymentId}-${key}` }),
    /** The buyer asks, and an admin grants: all of it, or some. */
    askAndGrant,
    /** The same once the order is where it may be asked. */
    askBack: (amount?: number) => eventually(() => askAndGrant(amount), { timeoutMs: 30_000 }),
    cancel: () => buyer.cancelOrder({ orderId: id, reason: "too late", idempotencyKey: system.newKey() }),
    /** What the payer does at action_url. */
    act: (payment: Payment, result: "approve" | "decline") =>
      system.provider(`${new URL(payment.actionUrl).pathname}?result=${result}`, { method: "POST" }),
    until: (status: keyof typeof PaymentStatus) =>
      eventually(
        async () => {
          const found = (await payments()).map(statusOf);
          expect(found).to.include(status);
        },
        { timeoutMs: 60_000, everyMs: 50 },
      ),
    untilRefunds: (paymentId: string, statuses: readonly string[]) =>
      eventually(
        async () => {
          const answer = await shop.getPayment({ paymentId });
          expect(answer.refunds.map(({ status }) => RefundStatus[status])).to.deep.equal(statuses);
        },
        { timeoutMs: 60_000, everyMs: 50 },
      ),
    /** How much news there is of a payment, and how often it was taken by our door. */
    async webhooks(paymentId: string) {
      const { events } = await system.provider<{ events: { delivered: number }[] }>(
        `/psp/v1/events?payment_id=${paymentId}`,
      );
      return { events: events.length, delivered: events.reduce((sum, { delivered }) => sum + delivered, 0) };
    },
  };
}

/** A payment's status by name. */
export function statusOf(payment: Payment | undefined): string {
  return PaymentStatus[payment!.status];
}
