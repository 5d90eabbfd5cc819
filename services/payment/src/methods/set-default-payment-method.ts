import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { PaymentMethods } from "../store/payment-methods.ts";
import { changeOf, methodToProto } from "./method-requests.ts";

/** PaymentService.SetDefaultPaymentMethod. A repeat with its key changes nothing, whatever has become default since. */
export function setDefaultPaymentMethodRpc(deps: {
  readonly methods: Pick<PaymentMethods, "makeDefault" | "find">;
  readonly now: () => Date;
}): UnaryHandler<typeof PaymentService.method.setDefaultPaymentMethod> {
  return async (request, call) => {
    const { methodId, ...change } = await changeOf(deps, request, call);
    const { method, isReplay } = await deps.methods.makeDefault(methodId, change);
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    return { paymentMethod: methodToProto(method, call.caller) };
  };
}
