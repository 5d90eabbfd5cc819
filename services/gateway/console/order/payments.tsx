import type { PaymentWithRefunds } from "@till/client/web";
import { Amount, Card, Id, Status, Time } from "../elements/elements.tsx";
import { isZero } from "../elements/format.ts";
import { DisputeFacts } from "./dispute-facts.tsx";

/** The order's payments, newest first, with their refunds and disputes. */
export function Payments({ payments }: { payments: readonly PaymentWithRefunds[] }) {
  return (
    <Card title="Payments">
      {payments.length === 0 && <p class="empty">No payment yet.</p>}
      <ul class="payments">
        {payments.map((payment) => (
          <Payment key={payment.id} payment={payment} />
        ))}
      </ul>
    </Card>
  );
}

function Payment({ payment }: { payment: PaymentWithRefunds }) {
  const { card, dispute } = payment;
  return (
    <li>
      <p class="spread">
        <Status name={payment.status} />
        <Amount money={payment.amount} />
      </p>
      <p class="under">
        {card && `${card.brand ?? "Card"} ending in ${card.last4} · `}
        <Time at={payment.createdAt} /> · <Id id={payment.id} short of="payment" />
      </p>
      {payment.transactionId && (
        <p class="under">
          Provider's charge <span class="mono">{payment.transactionId}</span>
        </p>
      )}
      {payment.failureCode && (
        <p class="under bad-text">
          {payment.failureReason} ({payment.failureCode})
        </p>
      )}
      {!isZero(payment.captured) && !isZero(payment.refunded) && (
        <p class="spread under">
          Refunded of what was captured <Amount money={payment.refunded} />
        </p>
      )}
      {dispute && <DisputeFacts dispute={dispute} />}
      {payment.refunds.length > 0 && (
        <ul class="refunds" aria-label="Refunds">
          {payment.refunds.map((refund) => (
            <li key={refund.id}>
              <p class="spread">
                <span>
                  Refund <Status name={refund.status} />
                </span>
                <Amount money={refund.amount} />
              </p>
              <p class="under">
                <Time at={refund.createdAt} /> · <Id id={refund.id} short of="refund" />
                {refund.failureCode && <span class="bad-text"> {refund.failureCode}</span>}
              </p>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
