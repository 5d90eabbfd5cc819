import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Calls } from "./calls.ts";
import { listOver } from "./list.ts";
import { protoMoneyFrom } from "./money.ts";
import {
  paymentEventFrom,
  paymentFrom,
  paymentMethodFrom,
  paymentUpdateFrom,
  refundFrom,
} from "./payment-conversion.ts";
import type { NewPayment, PaymentFilter, PaymentWatchOptions } from "./payment-requests.ts";
import type { PaymentStatus, PaymentUpdate, Refund } from "./payment.ts";
import type { PaymentMethods, Payments } from "./payments.ts";
import { reconciliationsOver, verifyAudit } from "./reconciliations-over.ts";
import { optionalProtoMoney, timestampOf } from "./values.ts";
import { watchOver } from "./watch.ts";

const rpc = PaymentService.method;

/** Payments over calls on the payment service. */
export function paymentsOver(calls: Calls): Payments {
  return {
    async process(payment, options) {
      const response = await calls.command(rpc.processPayment, chargeRequestOf(payment), options);
      return { ...paymentFrom(response.payment), idempotentReplay: response.idempotentReplay };
    },
    async authorize(payment, options) {
      const response = await calls.command(rpc.authorizePayment, chargeRequestOf(payment), options);
      return { ...paymentFrom(response.payment), idempotentReplay: response.idempotentReplay };
    },
    async capture(paymentId, { amount, ...options } = {}) {
      const request = { paymentId, amount: optionalProtoMoney(amount, "amount") };
      const response = await calls.command(rpc.capturePayment, request, options);
      return { ...paymentFrom(response.payment), idempotentReplay: response.idempotentReplay };
    },
    async void(paymentId, options) {
      return paymentFrom((await calls.command(rpc.voidPayment, { paymentId }, options)).payment);
    },
    async refund(paymentId, { amount, reason = "", ...options } = {}) {
      const request = { paymentId, amount: optionalProtoMoney(amount, "amount"), reason };
      const response = await calls.command(rpc.refundPayment, request, options);
      const { idempotentReplay } = response;
      return {
        refund: refundFrom(response.refund),
        payment: paymentFrom(response.payment),
        idempotentReplay,
      };
    },
    async get(paymentId, options) {
      const refunds: Refund[] = [];
      for (let refundPageToken = ""; ;) {
        const page = await calls.query(rpc.getPayment, { paymentId, refundPageToken }, options);
        refunds.push(...page.refunds.map(refundFrom));
        refundPageToken = page.nextRefundPageToken;
        if (refundPageToken === "") return { ...paymentFrom(page.payment), refunds };
      }
    },
    list(filter = {}) {
      const request = listRequestOf(filter);
      return listOver(async (pageToken) => {
        const page = await calls.query(rpc.listPayments, { ...request, pageToken }, filter);
        return { items: page.payments.map(paymentFrom), nextPageToken: page.nextPageToken };
      });
    },
    events(paymentId, options = {}) {
      const { pageSize = 0 } = options;
      return listOver(async (pageToken) => {
        const page = await calls.query(rpc.listPaymentEvents, { paymentId, pageSize, pageToken }, options);
        return { items: page.events.map(paymentEventFrom), nextPageToken: page.nextPageToken };
      });
    },
    watch: (paymentId, options = {}) => watchPayment(calls, paymentId, options),
    methods: methodsOver(calls),
    reconciliations: reconciliationsOver(calls),
    verifyAudit: (range = {}) => verifyAudit(calls, range),
  };
}

function methodsOver(calls: Calls): PaymentMethods {
  return {
    async add({ paymentToken, userId = "", makeDefault = false }, options) {
      const request = { paymentToken, userId, makeDefault };
      return paymentMethodFrom((await calls.command(rpc.addPaymentMethod, request, options)).paymentMethod);
    },
    async list({ userId = "", ...options } = {}) {
      const { paymentMethods } = await calls.query(rpc.listPaymentMethods, { userId }, options);
      return paymentMethods.map(paymentMethodFrom);
    },
    async setDefault(paymentMethodId, options) {
      const response = await calls.command(rpc.setDefaultPaymentMethod, { paymentMethodId }, options);
      return paymentMethodFrom(response.paymentMethod);
    },
    async remove(paymentMethodId, options) {
      await calls.command(rpc.removePaymentMethod, { paymentMethodId }, options);
    },
  };
}

async function* watchPayment(
  calls: Calls,
  paymentId: string,
  options: PaymentWatchOptions,
): AsyncGenerator<PaymentUpdate> {
  const { until = [], follow = false } = options;
  const messages = watchOver(
    calls,
    {
      open: (afterVersion, stream) =>
        calls.stream(
          rpc.watchPayment,
          { paymentId, ...(afterVersion !== undefined && { afterVersion }) },
          stream,
        ),
      // Each entry of a payment has a version of its own, so none comes twice.
      idOf: () => undefined,
    },
    options,
  );
  for await (const message of messages) {
    const update = paymentUpdateFrom(message);
    yield update;
    if (until.includes(update.status)) return;
    if (!follow && endStatuses.includes(update.status)) return;
  }
}

const endStatuses: readonly PaymentStatus[] = ["PROCESSED", "FAILED", "VOIDED", "REFUNDED"];

function chargeRequestOf({ orderId, amount, paymentToken, paymentMethodId }: NewPayment) {
  return {
    orderId,
    amount: protoMoneyFrom(amount, "amount"),
    ...(paymentToken !== undefined && { method: { case: "paymentToken" as const, value: paymentToken } }),
    ...(paymentMethodId !== undefined && {
      method: { case: "paymentMethodId" as const, value: paymentMethodId },
    }),
  };
}

function listRequestOf(filter: PaymentFilter) {
  return {
    orderId: filter.orderId ?? "",
    reference: filter.reference ?? "",
    userId: filter.userId ?? "",
    // With the prefix a name is that status alone: without it PENDING would include others.
    statuses: (filter.statuses ?? []).map((status) => `PAYMENT_STATUS_${status}`),
    createdAfter: timestampOf(filter.createdAfter, "created_after"),
    createdBefore: timestampOf(filter.createdBefore, "created_before"),
    pageSize: filter.pageSize ?? 0,
  };
}
