import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { DisputeState, PaymentStatus, RefundStatus } from "@till/gen/till/payment/v1/payment_pb";
import { moneyToProto } from "@till/money";
import type { Caller } from "@till/rpc/server";
import type { Dispute, Operation, Payment } from "../rules/payment.ts";
import { paymentView } from "./masking.ts";

/** A payment as this caller may see it. */
export function paymentToProto(stored: Payment, caller: Caller) {
  const payment = paymentView(stored, caller);
  const { card } = payment;
  return {
    id: payment.id,
    orderId: payment.orderId,
    userId: payment.userId,
    status: PaymentStatus[payment.status],
    amount: moneyToProto(payment.amount),
    authorized: moneyToProto(payment.authorized),
    captured: moneyToProto(payment.captured),
    refunded: moneyToProto(payment.refunded),
    transactionId: payment.transactionId ?? "",
    failureCode: payment.failure?.code ?? "",
    failureReason: payment.failure?.reason ?? "",
    ...(payment.processedAt && { processedAt: timestampFromDate(payment.processedAt) }),
    createdAt: timestampFromDate(payment.createdAt),
    updatedAt: timestampFromDate(payment.updatedAt),
    version: BigInt(payment.version),
    ...(card && { card }),
    paymentMethod: payment.method,
    paymentMethodId: payment.paymentMethodId ?? "",
    actionUrl: payment.actionUrl ?? "",
    ...(payment.dispute && { dispute: disputeToProto(payment.dispute) }),
  };
}

function disputeToProto({ id, state, reason, amount, respondBy }: Dispute) {
  return {
    ...{ id, state: DisputeState[state], reason, amount: moneyToProto(amount) },
    ...(respondBy && { respondBy: timestampFromDate(respondBy) }),
  };
}

/** A refund as clients see it. */
export function refundToProto(refund: Operation) {
  return {
    id: refund.id,
    paymentId: refund.paymentId,
    orderId: refund.orderId,
    amount: moneyToProto(refund.amount),
    status: RefundStatus[refund.status],
    reason: refund.reason,
    failureCode: refund.failure?.code ?? "",
    transactionId: refund.transactionId ?? "",
    createdAt: timestampFromDate(refund.createdAt),
    updatedAt: timestampFromDate(refund.updatedAt),
  };
}
