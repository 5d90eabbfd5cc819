import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { PaymentMethods } from "../store/payment-methods.ts";
import { cardHolder, methodToProto } from "./method-requests.ts";

/** PaymentService.ListPaymentMethods: a user's cards, newest first. */
export function listPaymentMethodsRpc({
  methods,
}: {
  readonly methods: Pick<PaymentMethods, "list">;
}): UnaryHandler<typeof PaymentService.method.listPaymentMethods> {
  return async ({ userId }, call) => {
    const found = await methods.list(cardHolder(userId, call));
    return { paymentMethods: found.map((method) => methodToProto(method, call.caller)) };
  };
}
