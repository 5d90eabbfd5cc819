import { jsonAmount, type WrittenBody } from "@till/contracts";
import { paymentTopic, type PaymentEventType, type paymentEvents } from "@till/contracts/payment-events";
import type { Money } from "@till/money";
import type { OutgoingEvent } from "@till/events/outbox";
import type { PaymentEvent } from "../rules/decision.ts";
import type { Dispute, Payment } from "../rules/payment.ts";

/** A payment's event with its body as the contract has it. */
export function toOutgoingEvent(event: PaymentEvent, id: string, traceparent?: string): OutgoingEvent {
  const { payment, type } = event;
  const { id: paymentId, orderId, userId } = payment;
  const amount = amountOf(event);
  const facts = { paymentId, orderId, userId, amount: jsonAmount(amount), currency: amount.currency };
  const body = bodies[type] as (event: PaymentEvent) => object;
  return {
    id,
    type,
    topic: paymentTopic,
    subject: orderId,
    dataVersion: payment.version,
    time: payment.updatedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
    data: JSON.stringify({ ...facts, ...body(event) }),
  };
}

/** The amount that the event is about. */
function amountOf(event: PaymentEvent): Money {
  if ("refund" in event) return event.refund.amount;
  return "dispute" in event ? event.amount : event.payment.amount;
}

/** The members of PaymentEvent that may have the type. */
type EventOf<Type, Event = PaymentEvent> = Event extends { readonly type: infer Types }
  ? Type extends Types
    ? Event
    : never
  : never;

type Facts = "paymentId" | "orderId" | "userId" | "amount" | "currency";
type Body<Type extends PaymentEventType> = Omit<WrittenBody<(typeof paymentEvents)[Type]>, Facts>;

/** The body of each type but for the facts that all have. The rules set what a body asserts with `!`. */
const bodies: { readonly [Type in PaymentEventType]: (event: EventOf<Type>) => Body<Type> } = {
  "payment.processed": ({ payment }) => ({
    paymentMethod: payment.method,
    transactionId: payment.transactionId!,
    processedAt: payment.processedAt!,
  }),
  "payment.authorized": ({ payment }) => ({
    paymentMethod: payment.method,
    transactionId: payment.transactionId!,
    authorizedAt: payment.updatedAt,
  }),
  "payment.failed": ({ payment: { failure, updatedAt } }) => ({
    failureReason: failure!.reason,
    failureCode: failure!.code,
    failedAt: updatedAt,
    retryable: failure!.retryable,
  }),
  "payment.voided": ({ payment }) => ({
    transactionId: payment.transactionId,
    capturedTotal: jsonAmount(payment.captured),
    voidedAt: payment.updatedAt,
    status: payment.status.toLowerCase(),
  }),
  "payment.refunded": ({ payment, refund }) => ({
    refundId: refund.id,
    orderRefundId: refund.orderRefundId,
    refundedTotal: jsonAmount(payment.refunded),
    refundedAt: payment.updatedAt,
    status: payment.status.toLowerCase(),
  }),
  "payment.refund_failed": ({ payment, afterSuccess, refund: { id, orderRefundId, failure } }) => ({
    refundId: id,
    orderRefundId,
    afterSuccess,
    failureCode: failure!.code,
    failureReason: failure!.reason,
    failedAt: payment.updatedAt,
    retryable: failure!.retryable,
  }),
  "payment.disputed": ({ payment, dispute }) => ({
    ...disputeFacts(payment, dispute),
    respondBy: dispute.respondBy,
  }),
  "payment.dispute_closed": ({ payment, dispute }) => ({
    ...disputeFacts(payment, dispute),
    closedAt: payment.updatedAt,
  }),
};

function disputeFacts({ refunded }: Payment, { id: disputeId, state, reason }: Dispute) {
  return { disputeId, state: state.toLowerCase(), reason, refundedTotal: jsonAmount(refunded) };
}
