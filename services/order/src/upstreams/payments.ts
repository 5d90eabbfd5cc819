import { createClient, type Transport } from "@connectrpc/connect";
import type { Payment } from "@till/gen/till/payment/v1/payment_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { zero, type Money, type ProtoMoney } from "@till/money";
import type { OrderPayment, Payments } from "./ports.ts";
import { requireAmount, unavailable } from "./upstream-call.ts";

/** The payment service over gRPC. */
export function paymentsOver(transport: Transport): Payments {
  const client = createClient(PaymentService, transport);
  return {
    async ofOrder(orderId, call) {
      const found: OrderPayment[] = [];
      let pageToken = "";
      do {
        const { payments, nextPageToken } = await client
          .listPayments({ orderId, pageSize: 200, pageToken }, call)
          .catch(unavailable("payments"));
        found.push(...payments.map(paymentFromProto));
        pageToken = nextPageToken;
      } while (pageToken);
      return found;
    },
  };
}

function paymentFromProto(payment: Payment): OrderPayment {
  const { id, userId, captured, refunded } = payment;
  const { currency } = requireAmount(payment.amount, "payments");
  const sumOf = (sum: ProtoMoney | undefined): Money =>
    sum ? requireAmount(sum, "payments") : zero(currency);
  return {
    id,
    userId,
    captured: sumOf(captured),
    refunded: sumOf(refunded),
  };
}
