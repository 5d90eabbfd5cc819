import type { Change, Payment } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

export type Applied = {
  readonly payment: Payment;
  /** The response is sent after this has resolved. */
  readonly sentAfter: Promise<void> | undefined;
};

/** Applies a change: saves the payment, records the movement in the ledger under `key`, emits the event. */
export function applyChange(psp: Psp, record: PaymentRecord, change: Change, key: string): Applied {
  const { payment, movement, event } = change;
  const changed = { ...record, payment };
  psp.payments.save(changed);
  if (movement) {
    const { currency, order_id, payment_id } = payment;
    psp.ledger.record({ ...movement, currency, order_id, payment_id, idempotency_key: key, at: isoNow(psp) });
  }
  return { payment, sentAfter: event && psp.emitEvent(changed, event) };
}

/** The provider's clock as an ISO 8601 string. */
export function isoNow({ now }: Pick<Psp, "now">): string {
  return new Date(now()).toISOString();
}
