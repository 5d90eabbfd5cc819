import { createClient, type Transport } from "@connectrpc/connect";
import { PaymentStatus, type Payment } from "@till/gen/till/payment/v1/payment_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { moneyFromProto, type Money, type ProtoMoney } from "@till/money";
import { unavailable, type Forward } from "./upstream-call.ts";

/** What the payment side says of an order. Asked by VerifyOrder alone: else events bring it. */
export type Payments = { ofOrder(orderId: string, call?: Forward): Promise<OrderPayment[]> };

export type OrderPayment = {
  readonly id: string;
  readonly userId: string;
  readonly captured: Money;
  readonly refunded: Money;
  /** Whether money is held for it that may still be taken. */
  readonly isAuthorized: boolean;
};

/** The payment service over gRPC. */
export function paymentsOver(transport: Transport): Payments {
  const client = createClient(PaymentService, transport);
  return {
    async ofOrder(orderId, call) {
      const found: OrderPayment[] = [];
      let pageToken = "";
      do {
        const asked = client.listPayments({ orderId, pageSize: 200, pageToken }, call);
        const { payments, nextPageToken } = await asked.catch(unavailable("payments"));
        found.push(...payments.map(paymentFromProto));
        pageToken = nextPageToken;
      } while (pageToken);
      return found;
    },
  };
}

function paymentFromProto(payment: Payment): OrderPayment {
  const { id, userId, amount, captured, refunded, status } = payment;
  if (!amount) throw new Error(`the payment service gave no amount for ${id}`);
  const sumOf = (sum: ProtoMoney = { currencyCode: amount.currencyCode, units: 0n, nanos: 0 }) =>
    moneyFromProto(sum);
  return {
    id,
    userId,
    captured: sumOf(captured),
    refunded: sumOf(refunded),
    isAuthorized: status === PaymentStatus.AUTHORIZED,
  };
}
