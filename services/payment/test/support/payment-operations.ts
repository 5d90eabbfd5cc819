import { PaymentStatus, RefundStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { eur, newUser, shop } from "../../../../test/support/fixtures.ts";
import type { LedgerEntry, PaymentEnvironment } from "./payment-service.ts";

type OperationOptions = {
  /** In euros; all of it where missing. */
  readonly amount?: number;
  readonly key?: string;
  readonly replica?: number;
  readonly reason?: string;
};

/** A payment of EUR 49.00 in two ways, and every operation on a payment, as a service of the platform calls them. */
export function paymentOperations(environment: PaymentEnvironment) {
  const requestOf = (paymentId: string, { amount, key = newId() }: OperationOptions) => ({
    paymentId,
    ...(amount !== undefined && { amount: eur(amount) }),
    idempotencyKey: key,
  });
  const client = (replica?: number) => environment.payments(shop, "service", replica);
  return {
    /** An authorized payment, of a new user unless one is named. */
    async authorize(token = "tok_approve", user = newUser()): Promise<Payment> {
      const { payment } = await environment.authorize(await environment.placeOrder(user), token);
      return payment!;
    },
    /** A captured payment, of a new user unless one is named. */
    async charge(token = "tok_approve", user = newUser()): Promise<Payment> {
      const { payment } = await environment.pay(await environment.placeOrder(user), token);
      return payment!;
    },
    capture: (paymentId: string, options: OperationOptions = {}) =>
      client(options.replica).capturePayment(requestOf(paymentId, options)),
    refund: (paymentId: string, options: OperationOptions = {}) =>
      client(options.replica).refundPayment({
        ...requestOf(paymentId, options),
        reason: options.reason ?? "",
      }),
    void: (paymentId: string, { key = "", replica }: OperationOptions = {}) =>
      client(replica).voidPayment({ paymentId, idempotencyKey: key }),
    get: (paymentId: string) => client().getPayment({ paymentId }),
    untilPayment: (paymentId: string, status: keyof typeof PaymentStatus) =>
      eventually(async () => {
        const { payment, refunds } = await client().getPayment({ paymentId });
        expect(PaymentStatus[payment!.status]).to.equal(status);
        return { payment: payment!, refunds };
      }),
    untilRefunds: (paymentId: string, ...statuses: (keyof typeof RefundStatus)[]) =>
      eventually(async () => {
        const { payment, refunds } = await client().getPayment({ paymentId });
        expect(refunds.map(statusOf)).to.deep.equal(statuses);
        return { payment: payment!, refunds };
      }),
  };
}

/** Refunds minor units of a payment at the provider, without the payment service. */
export async function refundAtProvider(
  { env }: PaymentEnvironment,
  paymentId: string,
  minorUnits: number,
): Promise<void> {
  const response = await fetch(`${env.TILL_PSP_URL}/payments/${paymentId}/refunds`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": newId() },
    body: JSON.stringify({ amount: minorUnits }),
  });
  expect(response.status).to.equal(200);
}

/** The ledger's entries as `type amount`, such as `capture 1250`. */
export const ledgerLines = (entries: readonly LedgerEntry[]) =>
  entries.map(({ type, amount }) => `${type} ${amount}`);

/** A payment's status, and its authorized, captured and refunded amounts in cents. */
export function summaryOf(payment: Payment | undefined) {
  const cents = (value: Payment["amount"]) => Number(value!.units) * 100 + value!.nanos / 10_000_000;
  const { status, authorized, captured, refunded } = payment!;
  return [PaymentStatus[status], cents(authorized), cents(captured), cents(refunded)];
}

export const statusOf = (refund: { readonly status: RefundStatus } | undefined) =>
  RefundStatus[refund!.status];
