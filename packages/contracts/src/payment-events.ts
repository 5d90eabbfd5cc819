import { z } from "zod";
import type { EventContract } from "./event-contract.ts";
import { amount, currency, externalId, sum, text, time, uuid, yesOrNo } from "./fields.ts";

/** The Kafka topic of the payment service's events. */
export const paymentTopic = "payment.events";

/** An event of a payment; its amount is the payment's, or the refund's where the event is about a refund. */
function event<Fields extends z.ZodRawShape>(when: string, fields: Fields) {
  const ids = { paymentId: uuid, orderId: uuid, userId: externalId };
  return {
    when,
    alsoCalled: [],
    versionOf: "the payment",
    body: z.object({ ...ids, amount, currency, ...fields }),
  } as const;
}

const failure = { failureCode: text, failureReason: text, failedAt: time, retryable: yesOrNo.optional() };

/** Every event that the payment service publishes. */
export const paymentEvents = {
  "payment.processed": event("the payment is captured in full", {
    paymentMethod: text,
    transactionId: text,
    processedAt: time,
  }),
  "payment.authorized": event("the provider holds the money until it is captured or voided", {
    paymentMethod: text,
    transactionId: text,
    authorizedAt: time,
  }),
  "payment.failed": event("the payment was declined, or was given up", failure),
  "payment.voided": event("what was authorized and not captured is released", {
    transactionId: text.optional(),
    capturedTotal: sum,
    voidedAt: time,
    status: text,
  }),
  "payment.refunded": event("a refund succeeded", {
    refundId: uuid,
    orderRefundId: uuid.optional(),
    refundedTotal: sum,
    refundedAt: time,
    status: text,
  }),
  "payment.refund_failed": event("a refund failed", {
    refundId: uuid,
    orderRefundId: uuid.optional(),
    ...failure,
  }),
} as const satisfies Readonly<Record<string, EventContract>>;

export type PaymentEventType = keyof typeof paymentEvents;
