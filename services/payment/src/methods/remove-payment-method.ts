import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { PaymentMethods } from "../store/payment-methods.ts";
import { changeOf } from "./method-requests.ts";

/** PaymentService.RemovePaymentMethod: what could be charged is erased, what may be shown stays for the history. */
export function removePaymentMethodRpc(deps: {
  readonly methods: Pick<PaymentMethods, "remove" | "find">;
  readonly now: () => Date;
}): UnaryHandler<typeof PaymentService.method.removePaymentMethod> {
  return async (request, call) => {
    const { methodId, ...change } = await changeOf(deps, request, call);
    const { isReplay } = await deps.methods.remove(methodId, change);
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    return {};
  };
}
