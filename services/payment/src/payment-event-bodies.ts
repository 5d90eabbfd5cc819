import type { OutgoingEvent } from "@till/events";
import { moneyToJson } from "@till/money";
import type { PaymentEvent } from "./payment.ts";

/** The Kafka topic of everything the payment service says. */
export const paymentTopic = "payment.events";

/** A fact as others read it: the fields of spec S1.27-28 exactly, and additive ones after them. */
export function toOutgoingEvent(event: PaymentEvent, id: string, traceparent?: string): OutgoingEvent {
  const { payment, type } = event;
  const { id: paymentId, orderId, userId, amount } = payment;
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

function bodyOf({ type, payment }: PaymentEvent): Record<string, unknown> {
  switch (type) {
    case "payment.processed":
      return {
        paymentMethod: payment.method,
        transactionId: payment.transactionId,
        processedAt: payment.processedAt,
      };
    case "payment.failed":
      return {
        failureReason: payment.failure?.reason,
        failureCode: payment.failure?.code,
        failedAt: payment.updatedAt,
        retryable: payment.failure?.retryable,
      };
  }
}
