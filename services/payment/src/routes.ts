import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { allow, AppError, implement } from "@till/rpc";
import { Code } from "@connectrpc/connect";
import type { Deps } from "./deps.ts";
import { getPaymentRpc } from "./get-payment.ts";
import { processPaymentRpc } from "./process-payment.ts";

/** Every RPC the payment service answers, and who may call it. */
export function routes(deps: Deps) {
  return [
    implement(PaymentService, {
      processPayment: allow(["user", "service"], processPaymentRpc(deps)),
      getPayment: allow(["user", "admin", "service"], getPaymentRpc(deps)),
      authorizePayment: allow(["user", "service"], notYet),
      capturePayment: allow(["service", "admin"], notYet),
      voidPayment: allow(["user", "service", "admin"], notYet),
      refundPayment: allow(["service", "admin"], notYet),
      listPayments: allow(["user", "admin", "service"], notYet),
      listPaymentEvents: allow(["user", "admin", "service"], notYet),
      watchPayment: allow(["user", "admin", "service"], notYet),
      addPaymentMethod: allow(["user", "service"], notYet),
      listPaymentMethods: allow(["user", "admin", "service"], notYet),
      setDefaultPaymentMethod: allow(["user", "service"], notYet),
      removePaymentMethod: allow(["user", "service"], notYet),
      startReconciliation: allow(["admin"], notYet),
      getReconciliation: allow(["admin"], notYet),
      verifyAudit: allow(["admin"], notYet),
    }),
  ];
}

function notYet(): never {
  throw new AppError("UNIMPLEMENTED", Code.Unimplemented, "not built yet");
}
