import {
  DisputeState,
  PaymentStatus,
  RefundStatus,
  type CardDisplay as ProtoCard,
  type Dispute as ProtoDispute,
  type Payment as ProtoPayment,
  type PaymentEvent as ProtoPaymentEvent,
  type PaymentMethod as ProtoPaymentMethod,
  type Refund as ProtoRefund,
} from "@till/gen/till/payment/v1/payment_pb";
import type { WatchPaymentResponse } from "@till/gen/till/payment/v1/payment_service_pb";
import type {
  CardDisplay,
  Dispute,
  Payment,
  PaymentEvent,
  PaymentMethod,
  PaymentUpdate,
  Refund,
} from "./payment.ts";
import {
  dateFrom,
  nameFrom,
  optionalMoneyFrom,
  optionalNameFrom,
  required,
  requiredDateFrom,
  requiredMoneyFrom,
  textFrom,
  withoutUndefined,
} from "./values.ts";

/** Reads a payment. */
export function paymentFrom(payment: ProtoPayment | undefined): Payment {
  const fields = required(payment);
  return withoutUndefined<Payment>({
    id: fields.id,
    orderId: fields.orderId,
    userId: fields.userId,
    status: nameFrom(PaymentStatus, fields.status),
    amount: requiredMoneyFrom(fields.amount),
    authorized: requiredMoneyFrom(fields.authorized),
    captured: requiredMoneyFrom(fields.captured),
    refunded: requiredMoneyFrom(fields.refunded),
    transactionId: textFrom(fields.transactionId),
    failureCode: textFrom(fields.failureCode),
    failureReason: textFrom(fields.failureReason),
    processedAt: dateFrom(fields.processedAt),
    createdAt: requiredDateFrom(fields.createdAt),
    updatedAt: requiredDateFrom(fields.updatedAt),
    version: Number(fields.version),
    card: fields.card && cardFrom(fields.card),
    paymentMethodId: textFrom(fields.paymentMethodId),
    actionUrl: textFrom(fields.actionUrl),
    paymentMethod: fields.paymentMethod,
    dispute: fields.dispute && disputeFrom(fields.dispute),
  });
}

function cardFrom({ brand, last4, expMonth, expYear }: ProtoCard): CardDisplay {
  return withoutUndefined<CardDisplay>({ brand: textFrom(brand), last4, expMonth, expYear });
}

function disputeFrom({ id, state, reason, amount, respondBy }: ProtoDispute): Dispute {
  return withoutUndefined<Dispute>({
    id,
    state: nameFrom(DisputeState, state),
    reason,
    amount: requiredMoneyFrom(amount),
    respondBy: dateFrom(respondBy),
  });
}

/** Reads a refund of a payment. */
export function refundFrom(refund: ProtoRefund | undefined): Refund {
  const fields = required(refund);
  return withoutUndefined<Refund>({
    id: fields.id,
    paymentId: fields.paymentId,
    orderId: fields.orderId,
    amount: requiredMoneyFrom(fields.amount),
    status: nameFrom(RefundStatus, fields.status),
    reason: textFrom(fields.reason),
    failureCode: textFrom(fields.failureCode),
    transactionId: textFrom(fields.transactionId),
    createdAt: requiredDateFrom(fields.createdAt),
    updatedAt: requiredDateFrom(fields.updatedAt),
  });
}

/** Reads an entry of a payment's history. */
export function paymentEventFrom(event: ProtoPaymentEvent): PaymentEvent {
  return withoutUndefined<PaymentEvent>({
    paymentId: event.paymentId,
    type: event.type,
    version: Number(event.version),
    fromStatus: optionalNameFrom(PaymentStatus, event.fromStatus),
    toStatus: nameFrom(PaymentStatus, event.toStatus),
    actor: event.actor,
    reason: textFrom(event.reason),
    createdAt: requiredDateFrom(event.createdAt),
    amount: optionalMoneyFrom(event.amount),
    peerAddress: textFrom(event.peerAddress),
    requestId: textFrom(event.requestId),
  });
}

/** Reads a message of WatchPayment. */
export function paymentUpdateFrom({ update, version, isLast }: WatchPaymentResponse): PaymentUpdate {
  const place = { version: Number(version), isLast };
  if (update.case === "snapshot") {
    const payment = paymentFrom(update.value);
    return { kind: "snapshot", status: payment.status, payment, ...place };
  }
  const event = paymentEventFrom(required(update.value));
  return { kind: "event", status: event.toStatus, event, ...place };
}

/** Reads a stored card. */
export function paymentMethodFrom(method: ProtoPaymentMethod | undefined): PaymentMethod {
  const { id, userId, card, isDefault, createdAt } = required(method);
  return withoutUndefined<PaymentMethod>({
    id,
    userId,
    card: card && cardFrom(card),
    isDefault,
    createdAt: requiredDateFrom(createdAt),
  });
}
