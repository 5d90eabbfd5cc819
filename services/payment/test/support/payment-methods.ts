import type { PaymentMethod } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import type { Role } from "@till/rpc/server";
import type { PaymentEnvironment } from "./payment-service.ts";

type AddOptions = {
  readonly token?: string;
  readonly key?: string;
  readonly makeDefault?: boolean;
  readonly replica?: number;
  readonly caller?: string;
  readonly role?: Role;
};

/** How tests store and list payment methods, as their user unless another caller is named. */
export function paymentMethodActions(environment: () => PaymentEnvironment) {
  function add(userId: string, options: AddOptions = {}) {
    const { token = "tok_approve", key = newId(), makeDefault = false } = options;
    const { replica, caller = userId, role } = options;
    const request = { userId, paymentToken: token, makeDefault, idempotencyKey: key };
    return environment().payments(caller, role, replica).addPaymentMethod(request);
  }
  return {
    add,
    added: async (userId: string, options?: AddOptions): Promise<PaymentMethod> =>
      (await add(userId, options)).paymentMethod!,
    list: async (userId: string): Promise<PaymentMethod[]> =>
      (await environment().payments(userId).listPaymentMethods({})).paymentMethods,
  };
}
