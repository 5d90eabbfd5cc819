import type { Change, Payment } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

export type Done = {
  readonly payment: Payment;
  /** What an answer has to wait for. */
  readonly after: Promise<void> | undefined;
};

/** Makes a change to a payment so: the payment, the book under the key it was asked for with, and the news. */
export function carryOut(psp: Psp, record: PaymentRecord, change: Change, key: string): Done {
  const { payment, moved, news } = change;
  const changed = { ...record, payment };
  psp.payments.save(changed);
  if (moved) {
    const { currency, order_id, payment_id } = payment;
    psp.ledger.record({ ...moved, currency, order_id, payment_id, idempotency_key: key, at: isoNow(psp) });
  }
  return { payment, after: news && psp.announce(changed, news) };
}

/** The provider's time, as its answers have it. */
export function isoNow({ now }: Pick<Psp, "now">): string {
  return new Date(now()).toISOString();
}
