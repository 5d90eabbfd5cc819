import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { StreamHandler } from "@till/rpc/server";
import type { PaymentChanges } from "../store/payment-changes.ts";
import type { Store } from "../store/store.ts";
import { requirePayment } from "../rules/access.ts";
import { appError } from "../rules/errors.ts";
import { historyToProto } from "./payment-history.ts";
import { paymentToProto } from "./payment-to-proto.ts";

/** PaymentService.WatchPayment: the payment as it stands, then every later change, as soon as it is committed. */
export function watchPaymentRpc(deps: {
  readonly store: Pick<Store, "findShown">;
  readonly changes: PaymentChanges;
}): StreamHandler<typeof PaymentService.method.watchPayment> {
  return async function* ({ paymentId, afterVersion }, { caller, signal }) {
    const payment = await deps.store.findShown(paymentId);
    requirePayment(payment, paymentId, caller);
    const { id, userId, amount, version } = payment;
    if (afterVersion === undefined) {
      yield {
        update: { case: "snapshot", value: paymentToProto(payment, caller) },
        version: BigInt(version),
        isLast: true,
      };
    } else if (afterVersion > version) {
      throw appError("INVALID_ARGUMENT", `the payment has not come so far, it is at version ${version}`, {
        field: "after_version",
      });
    }
    const after = Number(afterVersion ?? version);
    for await (const entry of deps.changes.watch({ id, userId }, after, signal)) {
      const value = historyToProto(entry, amount.currency, caller);
      yield { update: { case: "event", value }, version: value.version, isLast: true };
    }
  };
}
