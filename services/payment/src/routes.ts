import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { allow, allowCommand, implement } from "@till/rpc/server";
import { verifyAuditRpc } from "./audit/verify-audit.ts";
import { authorizePaymentRpc } from "./charge/authorize-payment.ts";
import { addPaymentMethodRpc } from "./methods/add-payment-method.ts";
import { listPaymentMethodsRpc } from "./methods/list-payment-methods.ts";
import type { MethodAttempts } from "./methods/method-attempts.ts";
import { removePaymentMethodRpc } from "./methods/remove-payment-method.ts";
import { setDefaultPaymentMethodRpc } from "./methods/set-default-payment-method.ts";
import { capturePaymentRpc } from "./operations/capture-payment.ts";
import { refundPaymentRpc } from "./operations/refund-payment.ts";
import { voidPaymentRpc } from "./operations/void-payment.ts";
import { processPaymentRpc } from "./charge/process-payment.ts";
import { getPaymentRpc } from "./queries/get-payment.ts";
import { listPaymentEventsRpc } from "./queries/list-payment-events.ts";
import { listPaymentsRpc } from "./queries/list-payments.ts";
import { watchPaymentRpc } from "./queries/watch-payment.ts";
import { getReconciliationRpc } from "./reconciliation/get-reconciliation.ts";
import { startReconciliationRpc } from "./reconciliation/start-reconciliation.ts";
import type { Db } from "@till/postgres/statements";
import type { ChargeDependencies } from "./charge/charge-dependencies.ts";
import type { PaymentMethods } from "./store/payment-methods.ts";
import type { OperationDependencies } from "./operations/run-operation.ts";
import type { Reconciler } from "./reconciliation/reconciler.ts";
import type { PaymentChanges } from "./store/payment-changes.ts";
import type { PaymentQueries } from "./store/payment-queries.ts";

/** What the routes touch together. */
export type RouteDependencies = ChargeDependencies &
  OperationDependencies & {
    readonly methods: PaymentMethods;
    readonly methodAttempts: MethodAttempts;
    readonly queries: PaymentQueries;
    readonly changes: PaymentChanges;
    readonly reconciler: Reconciler;
    readonly db: Pick<Db, "pool">;
  };

/** Every RPC of the payment service with its policy. */
export function routes(deps: RouteDependencies) {
  return [
    implement(PaymentService, {
      processPayment: allowCommand(["user", "service"], processPaymentRpc(deps)),
      getPayment: allow(["user", "admin", "service"], getPaymentRpc(deps)),
      authorizePayment: allowCommand(["user", "service"], authorizePaymentRpc(deps)),
      capturePayment: allowCommand(["service", "admin"], capturePaymentRpc(deps)),
      voidPayment: allowCommand(["user", "service", "admin"], voidPaymentRpc(deps)),
      refundPayment: allowCommand(["service", "admin"], refundPaymentRpc(deps)),
      listPayments: allow(["user", "admin", "service"], listPaymentsRpc(deps)),
      listPaymentEvents: allow(["user", "admin", "service"], listPaymentEventsRpc(deps)),
      watchPayment: allow(["user", "admin", "service"], watchPaymentRpc(deps)),
      addPaymentMethod: allowCommand(["user", "service"], addPaymentMethodRpc(deps)),
      listPaymentMethods: allow(["user", "admin", "service"], listPaymentMethodsRpc(deps)),
      setDefaultPaymentMethod: allowCommand(["user", "service"], setDefaultPaymentMethodRpc(deps)),
      removePaymentMethod: allowCommand(["user", "service"], removePaymentMethodRpc(deps)),
      startReconciliation: allow(["admin"], startReconciliationRpc(deps)),
      getReconciliation: allow(["admin"], getReconciliationRpc(deps)),
      verifyAudit: allow(["admin"], verifyAuditRpc(deps)),
    }),
  ];
}
