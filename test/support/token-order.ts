import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus, RefundStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import { expect } from "chai";
import { eur, newCourse, newUser, courseLine } from "./fixtures.ts";
import { eventually } from "./eventually.ts";
import { factsOf, failureOf } from "./failure-of.ts";
import { repeatWhile } from "./repeat-while.ts";
import type { PaymentSystem } from "./payment-system.ts";

/** What clients repeat; the system's own clients do not, for a story's other calls count each attempt. */
const unavailable = ["UPSTREAM_UNAVAILABLE"];

/** An order, the token that pays it, and what its buyer, payer, shop and admin can do with it. */
export type TokenOrder = Awaited<ReturnType<typeof orderToPayWith>>;

/** Creates an order of EUR 10.00, and returns the calls that its story can make. */
export async function orderToPayWith(system: PaymentSystem, token: string) {
  const userId = newUser();
  const [buyer, payer] = [system.ordersAs(userId, "user"), system.paymentsAs(userId, "user")];
  const [admin, shop] = [system.ordersAs(undefined, "admin"), system.paymentsAs()];
  const items = [courseLine(newCourse())];
  const idempotencyKey = system.newKey();
  const created = await repeatWhile(unavailable, () => buyer.createOrder({ items, idempotencyKey }));
  const { id } = created.order!;
  const payment = (value: string, idempotencyKey = system.newKey()) => ({
    ...{ orderId: id, amount: eur(10), idempotencyKey },
    method: { case: "paymentToken" as const, value },
  });
  const payments = async () =>
    (await repeatWhile(unavailable, () => shop.listPayments({ orderId: id }))).payments;

  async function requestAndApproveRefund(amount?: number): Promise<void> {
    await buyer.requestRefund({ orderId: id, reason: "not for me", idempotencyKey: system.newKey() });
    const some = amount === undefined ? {} : { amount: eur(amount) };
    await admin.approveRefund({ orderId: id, ...some, idempotencyKey: system.newKey() });
  }

  return {
    id,
    payments,
    parties: system.parties(),
    pay: async (value = token) => (await payer.processPayment(payment(value))).payment!,
    repeatPay: (key: string) => payer.processPayment(payment(token, key)),
    async rejectedPay(key?: string) {
      const failure = await failureOf(payer.processPayment(payment(token, key)));
      const { reason, metadata } = factsOf(failure);
      const { failure_code = "", retryable = "" } = metadata;
      return {
        reason,
        failure_code,
        retryable,
        hasRetryHint: failure.findDetails(RetryInfoSchema).length > 0,
      };
    },
    authorize: async () => (await payer.authorizePayment(payment(token))).payment!,
    capture: (paymentId: string, key: string, amount = 10) =>
      shop.capturePayment({ paymentId, amount: eur(amount), idempotencyKey: `${paymentId}-${key}` }),
    void: (paymentId: string) => payer.voidPayment({ paymentId, idempotencyKey: "void" }),
    refund: (paymentId: string, amount: number, key: string) =>
      shop.refundPayment({ paymentId, amount: eur(amount), idempotencyKey: `${paymentId}-${key}` }),
    /** The buyer requests a refund, and an admin approves it: in full, or the given amount. */
    requestAndApproveRefund,
    /** The same, repeated until the order's status permits a refund request. */
    refundByRequest: (amount?: number) =>
      eventually(() => requestAndApproveRefund(amount), { timeoutMs: 30_000 }),
    cancel() {
      const request = { orderId: id, reason: "too late", idempotencyKey: system.newKey() };
      return repeatWhile(unavailable, () => buyer.cancelOrder(request));
    },
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
          const response = await shop.getPayment({ paymentId });
          expect(response.refunds.map(({ status }) => RefundStatus[status])).to.deep.equal(statuses);
        },
        { timeoutMs: 60_000, everyMs: 50 },
      ),
    /** Waits until the provider has a payment's dispute in a state. */
    untilDispute: (paymentId: string, state: "needs_response" | "won" | "lost") =>
      eventually(
        async () => {
          const { dispute } = await system.provider<{ dispute?: { state: string } }>(
            `/psp/v1/payments/${paymentId}`,
          );
          expect(dispute?.state).to.equal(state);
        },
        { timeoutMs: 60_000, everyMs: 50 },
      ),
    /** Waits until the first refund of a payment has failed and another one was made. */
    untilRefundAgain: (paymentId: string) =>
      eventually(
        async () => {
          const { refunds } = await shop.getPayment({ paymentId });
          expect(refunds.map(({ status }) => RefundStatus[status])).to.include("FAILED");
          expect(refunds).to.have.length.above(1);
        },
        { timeoutMs: 60_000, everyMs: 50 },
      ),
    /** How many provider events a payment has, and how many webhook deliveries of them succeeded. */
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
