import type { Journal } from "../journal.ts";
import type { Behaviour } from "./magic-tokens.ts";
import type { Payment } from "./payment.ts";
import { createRingBuffer } from "./ring-buffer.ts";

/** A payment with what the API does not show. The token itself is not stored. */
export type PaymentRecord = {
  readonly payment: Payment;
  readonly behaviour: Behaviour;
  /** The idempotency key of the request that created it. */
  readonly key: string;
  /** Whether the request is to capture, or only to authorize. */
  readonly capture: boolean;
};

export type Payments = {
  /** Inserts or replaces a payment. */
  save(record: PaymentRecord): void;
  /** Finds by the provider's id, or the newest payment with the client's `payment_id`. */
  find(id: string): PaymentRecord | undefined;
  all(): Iterable<PaymentRecord>;
};

/**
 * The newest `keep` payments. Two keys with one `payment_id` make two payments, as with any provider: only the key
 * prevents a second charge.
 */
export function createPayments(keep: number, journal: Journal): Payments {
  const section = journal.section<PaymentRecord>("payments");
  const buffer = createRingBuffer<string>(keep);
  const byId = new Map<string, PaymentRecord>();
  const newestWith = new Map<string, string>();

  function drop(id: string): void {
    const { payment_id } = byId.get(id)!.payment;
    byId.delete(id);
    if (newestWith.get(payment_id) === id) newestWith.delete(payment_id);
    section.remove(id);
  }

  function set(record: PaymentRecord): void {
    const { id, payment_id } = record.payment;
    const isNew = !byId.has(id);
    byId.set(id, record);
    if (!isNew) return;
    newestWith.set(payment_id, id);
    const dropped = buffer.push(id);
    if (dropped !== undefined) drop(dropped);
  }

  section.restored.forEach(set);
  return {
    save(record) {
      set(record);
      section.put(record.payment.id, record);
    },
    all: () => byId.values(),
    find: (id) => byId.get(id) ?? byId.get(newestWith.get(id) ?? ""),
  };
}
