import type { Journal } from "../journal.ts";
import type { Behaviour } from "./magic-tokens.ts";
import type { Payment } from "./payment.ts";
import { createRing } from "./ring-buffer.ts";

/** A payment with what its client need not see. The token itself is not kept. */
export type PaymentRecord = {
  readonly payment: Payment;
  readonly behaviour: Behaviour;
  /** The idempotency key it was asked for with. */
  readonly key: string;
  /** Whether the money is to be taken, or only held. */
  readonly capture: boolean;
};

export type Payments = {
  /** Adds a payment, or puts it in the place of what it was. */
  save(record: PaymentRecord): void;
  /** By the provider's id, or by the client's `payment_id`: the newest with it. */
  find(id: string): PaymentRecord | undefined;
  all(): Iterable<PaymentRecord>;
};

/**
 * The newest `keep` payments. Two keys with one `payment_id` are two payments, as at any provider:
 * the key alone protects against paying twice.
 */
export function createPayments(keep: number, journal: Journal): Payments {
  const page = journal.page<PaymentRecord>("payments");
  const ring = createRing<string>(keep);
  const byId = new Map<string, PaymentRecord>();
  const newestWith = new Map<string, string>();

  function forget(id: string): void {
    const { payment_id } = byId.get(id)!.payment;
    byId.delete(id);
    if (newestWith.get(payment_id) === id) newestWith.delete(payment_id);
    page.strike(id);
  }

  function put(record: PaymentRecord): void {
    const { id, payment_id } = record.payment;
    const isNew = !byId.has(id);
    byId.set(id, record);
    if (!isNew) return;
    newestWith.set(payment_id, id);
    const dropped = ring.push(id);
    if (dropped !== undefined) forget(dropped);
  }

  page.earlier.forEach(put);
  return {
    save(record) {
      put(record);
      page.write(record.payment.id, record);
    },
    all: () => byId.values(),
    find: (id) => byId.get(id) ?? byId.get(newestWith.get(id) ?? ""),
  };
}
