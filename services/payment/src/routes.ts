import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { allow, implement } from "@till/rpc";
import type { Deps } from "./deps.ts";
import { getPaymentRpc } from "./get-payment.ts";
import { processPaymentRpc } from "./process-payment.ts";

/** Every RPC the payment service answers, and who may call it. */
export function routes(deps: Deps) {
  return [
    implement(PaymentService, {
      processPayment: allow(["user", "service"], processPaymentRpc(deps)),
      getPayment: allow(["user", "admin", "service"], getPaymentRpc(deps)),
    }),
  ];
}
