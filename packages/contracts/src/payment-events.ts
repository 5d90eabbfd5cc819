import { z } from "zod";
import type { EventContract } from "./event-contract.ts";
import { amount, currency, externalId, freeText, sum, text, time, uuid, yesOrNo } from "./fields.ts";

/** The Kafka topic of the payment service's events. */
export const paymentTopic = "payment.events";

/** An event of a payment; its amount is the payment's, or that of the refund or the dispute that it is about. */
function event<Fields extends z.ZodRawShape>(when: string, fields: Fields) {
  const ids = { paymentId: uuid, orderId: uuid, userId: externalId };
  return {
    when,
    alsoCalled: [],
    versionOf: "the payment",
    body: z.object({ ...ids, amount, currency, ...fields }),
  } as const;
}

const failure = { failureCode: text, failureReason: freeText, failedAt: time, retryable: yesOrNo.optional() };

/** `state` is the dispute's in lower case. */
const dispute = { disputeId: text, state: text, reason: text, refundedTotal: sum };

/** The `failureCode` of a payment that ended without an outcome, as the provider never received it: no decline. */
export const providerTimeout = "provider_timeout";

/** Every event that the payment service publishes. */
export const paymentEvents = {
  "payment.processed": event("the payment is captured in full", {
    paymentMethod: text,
    transactionId: text,
    processedAt: time,
  }),
  "payment.authorized": event("the amount is authorized until it is captured or voided", {
    paymentMethod: text,
    transactionId: text,
    authorizedAt: time,
  }),
  "payment.failed": event("the payment was declined, or was ended without an outcome", failure),
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
  "payment.refund_failed": event("a refund failed; with `afterSuccess` its money counts as captured again", {
    refundId: uuid,
    orderRefundId: uuid.optional(),
    afterSuccess: yesOrNo.optional(),
    ...failure,
  }),
  "payment.disputed": event("the payer's bank withdrew captured money, which counts as refunded", {
    ...dispute,
    respondBy: time.optional(),
  }),
  "payment.dispute_closed": event(
    "a dispute was won, and the money counts as captured again; or it was lost",
    {
      ...dispute,
      closedAt: time,
    },
  ),
} as const satisfies Readonly<Record<string, EventContract>>;

export type PaymentEventType = keyof typeof paymentEvents;
