import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { moneyToProto } from "@till/money";
import type { Payment } from "./payment.ts";

/** A payment as clients see it. */
export function paymentToProto(payment: Payment) {
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
  };
}
