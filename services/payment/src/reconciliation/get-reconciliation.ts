import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Reconciler } from "./reconciler.ts";
import { appError } from "../rules/errors.ts";
import { reconciliationToProto } from "./reconciliation-to-proto.ts";

/** PaymentService.GetReconciliation */
export function getReconciliationRpc(deps: {
  readonly reconciler: Pick<Reconciler, "find">;
}): UnaryHandler<typeof PaymentService.method.getReconciliation> {
  return async ({ reconciliationId }) => {
    const found = await deps.reconciler.find(reconciliationId);
    if (!found) throw appError("RECONCILIATION_NOT_FOUND", `no reconciliation ${reconciliationId}`);
    return { reconciliation: reconciliationToProto(found) };
  };
}
