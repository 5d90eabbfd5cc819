import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { MoneyError, moneyFromProto, moneyToProto, type Money, type ProtoMoney } from "@till/money";
import { refuseField } from "@till/rpc";
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

/** Reads an amount to be paid; throws INVALID_ARGUMENT naming the field where it is none or no more than nothing. */
export function amountFromProto(value: ProtoMoney, field: string): Money {
  try {
    const amount = moneyFromProto(value);
    return amount.minorUnits > 0n ? amount : refuseField(field, "must be more than zero");
  } catch (error) {
    if (error instanceof MoneyError) refuseField(field, error.message);
    throw error;
  }
}
