import { createRing } from "./ring.ts";

/** A payment as the provider shows it. */
export type Payment = {
  readonly id: string;
  readonly status: "succeeded" | "authorized" | "declined";
  readonly decline_code?: string;
  readonly retryable?: boolean;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly payment_id: string;
  readonly order_id: string;
  readonly created_at: string;
};

export type Payments = {
  add(payment: Payment): void;
  /** By the provider's id, or by the client's `payment_id`: the newest with it. */
  find(id: string): Payment | undefined;
};

/**
 * The newest `keep` payments. Two keys with one `payment_id` are two payments, as at any provider:
 * the key alone protects against paying twice.
 */
export function createPayments(keep: number): Payments {
  const ring = createRing<Payment>(keep);
  const byId = new Map<string, Payment>();
  const byPaymentId = new Map<string, Payment>();
  return {
    add(payment) {
      byId.set(payment.id, payment);
      byPaymentId.set(payment.payment_id, payment);
      const dropped = ring.push(payment);
      if (!dropped) return;
      byId.delete(dropped.id);
      if (byPaymentId.get(dropped.payment_id) === dropped) byPaymentId.delete(dropped.payment_id);
    },
    find: (id) => byId.get(id) ?? byPaymentId.get(id),
  };
}
