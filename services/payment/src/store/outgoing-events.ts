import type { OutgoingEvent } from "@till/events/outbox";
import { moneyToJson } from "@till/money";
import type { PaymentEvent } from "../rules/decision.ts";

/** The Kafka topic of everything the payment service says. */
export const paymentTopic = "payment.events";

/** A fact as others read it: the fields of spec S1.27-28 exactly, and additive ones after them. */
export function toOutgoingEvent(event: PaymentEvent, id: string, traceparent?: string): OutgoingEvent {
  const { payment, type } = event;
  const { id: paymentId, orderId, userId } = payment;
  const amount = "refund" in event ? event.refund.amount : payment.amount;
  const facts = { paymentId, orderId, userId, amount: moneyToJson(amount), currency: amount.currency };
  return {
    id,
    type,
    topic: paymentTopic,
    subject: orderId,
    dataVersion: payment.version,
    time: payment.updatedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
    data: JSON.stringify({ ...facts, ...bodyOf(event) }),
  };
}

function bodyOf(event: PaymentEvent): Record<string, unknown> {
  const { payment } = event;
  const { method: paymentMethod, transactionId, updatedAt, failure } = payment;
  const status = payment.status.toLowerCase();
  switch (event.type) {
    case "payment.processed":
      return { paymentMethod, transactionId, processedAt: payment.processedAt };
    case "payment.authorized":
      return { paymentMethod, transactionId, authorizedAt: updatedAt };
    case "payment.failed": {
      const { reason: failureReason, code: failureCode, retryable } = failure!;
      return { failureReason, failureCode, failedAt: updatedAt, retryable };
    }
    case "payment.voided":
      return { transactionId, capturedTotal: moneyToJson(payment.captured), voidedAt: updatedAt, status };
    case "payment.refunded": {
      const { id: refundId, orderRefundId } = event.refund;
      const refundedTotal = moneyToJson(payment.refunded);
      return { refundId, orderRefundId, refundedTotal, refundedAt: updatedAt, status };
    }
    case "payment.refund_failed": {
      const { id: refundId, orderRefundId, failure: refused } = event.refund;
      const { code: failureCode, reason: failureReason, retryable } = refused!;
      return { refundId, orderRefundId, failureCode, failureReason, failedAt: updatedAt, retryable };
    }
  }
}
