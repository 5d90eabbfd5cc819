import type { Client } from "@connectrpc/connect";
import type { Money } from "@till/gen/google/type/money_pb";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { expect } from "chai";
import type { LedgerEntry } from "./cluster.ts";
import { eventually } from "./eventually.ts";

/** The parties that have to agree on an order's money, as their public APIs report it. */
export type Parties = {
  /** An admin's, for the check is an admin's. */
  readonly orders: Client<typeof OrderService>;
  readonly payments: Client<typeof PaymentService>;
  readonly ledger: (orderId: string) => Promise<readonly LedgerEntry[]>;
  /**
   * Whether payment.failed was published of an order; left out: where a payment has failed. A payment that fails before it
   * has taken the order's slot publishes nothing, and leaves the order as it was.
   */
  readonly hasFailed?: (orderId: string) => boolean;
};

/** How an order and its payments ended; amounts in minor units. */
export type End = {
  readonly order: string;
  readonly captured: number;
  readonly refunded: number;
  /** Oldest first. */
  readonly payments: readonly string[];
  /** Such as `charge 1000`, oldest first. */
  readonly ledger: readonly string[];
};

/** Waits until the provider, the payments and the order report the same of an order's money, and returns it. */
export function untilAgreed(
  parties: Parties,
  orderId: string,
  expected: Partial<End> = {},
  timeoutMs = 60_000,
): Promise<End> {
  const check = async () => {
    const end = await agreedEnd(parties, orderId);
    expect(end).to.deep.include(expected);
    return end;
  };
  return eventually(check, { timeoutMs, everyMs: 50 });
}

/** The same where it must be so by now. */
export async function agreedEnd(parties: Parties, orderId: string): Promise<End> {
  const { orders } = parties;
  const entries = await parties.ledger(orderId);
  const payments = await paymentsOf(parties, orderId);
  const { order } = await orders.getOrder({ orderId });
  const status = OrderStatus[order!.status];
  const [captured, refunded] = [cents(order!.captured), cents(order!.refunded)];

  for (const payment of payments) expectInLedger(payment, entries);
  const ids = new Set(payments.map(({ id }) => id));
  expect(entries.filter(({ payment_id }) => !ids.has(payment_id))).to.deep.equal([]);
  const keys = entries.map(({ type, idempotency_key }) => `${type} ${idempotency_key}`);
  expect(new Set(keys), "a key that moved money twice").to.have.lengthOf(keys.length);

  const kept = payments.reduce((sum, payment) => sum + cents(payment.captured) - cents(payment.refunded), 0);
  expect(kept, "what the payments keep").to.equal(captured - refunded);
  const leading = payments.find(isTaken) ?? payments.at(-1);
  const name = leading ? PaymentStatus[leading.status] : "none";
  const isUntouched = name === "FAILED" && parties.hasFailed?.(orderId) === false;
  const expected = goTogether[isUntouched ? "none" : name];
  expect(expected, `an order whose payment is ${name}`).to.include(status);
  const { discrepancies } = await orders.verifyOrder({ orderId });
  const reported = discrepancies.map(
    ({ subject, expected, found }) => `${subject}: ${expected}, not ${found}`,
  );
  expect(reported, "what VerifyOrder finds").to.deep.equal([]);
  return {
    ...{ order: status, captured, refunded },
    payments: payments.map((payment) => PaymentStatus[payment.status]),
    ledger: entries.map(({ type, amount }) => `${type} ${amount}`),
  };
}

/** In minor units of a currency with two decimals. */
export function cents(money: Money | undefined): number {
  return Number(money?.units ?? 0n) * 100 + (money?.nanos ?? 0) / 10_000_000;
}

/** An order's payments, oldest first. */
async function paymentsOf({ payments }: Parties, orderId: string): Promise<Payment[]> {
  const list = await payments.listPayments({ orderId, pageSize: 200 });
  return list.payments.toReversed();
}

/** A payment says of its money what the provider's ledger does. */
function expectInLedger(payment: Payment, entries: readonly LedgerEntry[]): void {
  const own = entries.filter(({ payment_id }) => payment_id === payment.id);
  const sumOf = (some: readonly LedgerEntry[]) => some.reduce((total, { amount }) => total + amount, 0);
  const sum = (...types: string[]) =>
    sumOf(own.filter((entry) => types.includes(entry.type) && !cameBack(entry)));
  const status = PaymentStatus[payment.status];
  const held = sum("authorize") - sum("void") - (sum("authorize") > 0 ? sum("capture") : 0);
  const isHeld = payment.status === PaymentStatus.AUTHORIZED;
  const ledger = {
    captured: sum("charge", "capture"),
    refunded: sum("refund") - sumOf(own.filter(cameBack)),
    stillHeld: held,
  };
  expect(ledger, `the ledger of a payment that is ${status}`).to.deep.equal({
    captured: cents(payment.captured),
    refunded: cents(payment.refunded),
    stillHeld: isHeld ? cents(payment.authorized) - cents(payment.captured) : 0,
  });
}

/** Whether an entry is of money that had been refunded or withdrawn. */
function cameBack({ cause }: Pick<LedgerEntry, "cause">): boolean {
  return cause === "dispute_won" || cause === "refund_failed";
}

function isTaken({ status }: Payment): boolean {
  const { PROCESSED, PARTIALLY_REFUNDED, REFUNDED } = PaymentStatus;
  return [PROCESSED, PARTIALLY_REFUNDED, REFUNDED].includes(status);
}

/** In which statuses an order may rest with a payment in this one. PENDING and UNKNOWN are no rest. */
const goTogether: Readonly<Record<string, readonly string[]>> = {
  none: ["CREATED", "CANCELLED"],
  REQUIRES_ACTION: ["PAYMENT_PENDING"],
  AUTHORIZED: ["PAYMENT_PENDING"],
  PROCESSED: ["PAID", "COMPLETED", "REFUND_REQUESTED"],
  PARTIALLY_REFUNDED: ["PAID", "COMPLETED", "REFUND_REQUESTED"],
  REFUNDED: ["REFUNDED", "CANCELLED"],
  FAILED: ["PAYMENT_FAILED", "CANCELLED"],
  VOIDED: ["PAYMENT_PENDING", "CANCELLED"],
};
