import type { Payment } from "../../src/psp/payment.ts";

/** A payment of EUR 1.00 before its outcome, with changes. */
export function payment(changes: Partial<Payment> = {}): Payment {
  return {
    id: "ch_1",
    payment_id: "p1",
    order_id: "o1",
    status: "requires_action",
    amount: 100,
    currency: "EUR",
    authorized: 0,
    captured: 0,
    refunded: 0,
    operations: [],
    created_at: "2026-01-31T12:00:00.000Z",
    ...changes,
  };
}
