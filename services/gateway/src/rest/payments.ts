import { z } from "zod";
import { PaymentStatus, RefundStatus, type Payment, type Refund } from "@till/gen/till/payment/v1/payment_pb";
import { amountFromJson, amountToJson } from "./amounts.ts";
import { schemas } from "./components.ts";
import { defined } from "./defined.ts";
import {
  positiveAmountField,
  currencyField,
  momentToJson,
  pageSizeField,
  pageTokenField,
  shown,
  shownStatus,
  textField,
} from "./fields.ts";
import { camelCase, nameFields } from "./names.ts";
import { restRoute, type RestCall, type RestRoute } from "./rest-route.ts";

/** Payments in camelCase: `/payments`. A status is one of four. */

const tag = "Payments";
const nameField = nameFields({ payment_token: "cardToken", payment_method_id: "paymentMethod" }, camelCase);

const statuses: Readonly<Record<PaymentStatus, string>> = {
  [PaymentStatus.UNSPECIFIED]: "pending",
  [PaymentStatus.PENDING]: "pending",
  [PaymentStatus.REQUIRES_ACTION]: "pending",
  [PaymentStatus.AUTHORIZED]: "pending",
  [PaymentStatus.UNKNOWN]: "pending",
  [PaymentStatus.PROCESSED]: "processed",
  [PaymentStatus.FAILED]: "failed",
  [PaymentStatus.VOIDED]: "failed",
  [PaymentStatus.PARTIALLY_REFUNDED]: "refunded",
  [PaymentStatus.REFUNDED]: "refunded",
};

const paymentFields = {
  id: shown.uuid,
  orderId: shown.uuid,
  userId: shown.id,
  amount: shown.amount,
  currency: shown.currency,
  paymentMethod: shown.text,
  status: shownStatus([...new Set(Object.values(statuses))]),
  transactionId: shown.text.optional(),
  processedAt: shown.time.optional(),
  failureReason: shown.text.optional(),
  failureCode: shown.text.optional(),
  actionUrl: shown.text
    .meta({ description: "Where the payer confirms a payment that is pending." })
    .optional(),
  captured: shown.amount.optional(),
  refunded: shown.amount.optional(),
  createdAt: shown.time,
  updatedAt: shown.time,
};

const shownPayment = schemas.response("Payment", z.strictObject(paymentFields));

const shownRefund = schemas.response(
  "Refund",
  z.strictObject({
    id: shown.uuid,
    amount: shown.amount,
    currency: shown.currency,
    status: shownStatus(["pending", "succeeded", "failed"]),
    reason: shown.text.optional(),
    createdAt: shown.time,
  }),
);

const payRequest = schemas.request(
  "CreatePayment",
  z.object({
    orderId: textField.meta({ format: "uuid" }),
    amount: positiveAmountField.meta({ description: "Must be the order's total." }),
    currency: currencyField.meta({ description: "Left out: the order's." }).optional(),
    paymentMethod: textField
      .meta({ description: "Kind of payment method, or the id of a stored one.", example: "credit_card" })
      .optional(),
    cardToken: textField
      .meta({
        description:
          "The provider's token for a card. Left out with no stored method either: the default one is charged.",
        example: "tok_approve",
      })
      .optional(),
  }),
);

const refundRequest = schemas.request(
  "RefundPayment",
  z.object({
    amount: positiveAmountField,
    currency: currencyField.meta({ description: "Left out: the payment's." }).optional(),
    reason: textField.optional(),
  }),
);

const payReasons = [
  ...["IDEMPOTENCY_KEY_REQUIRED", "IDEMPOTENCY_KEY_REUSED", "REQUEST_IN_PROGRESS", "ORDER_NOT_FOUND"],
  ...["ORDER_NOT_PAYABLE", "PAYMENT_IN_PROGRESS", "AMOUNT_MISMATCH", "CURRENCY_MISMATCH", "PAYER_MISMATCH"],
  ...["PAYMENT_METHOD_NOT_FOUND", "PAYMENT_METHOD_REQUIRED", "PAYMENT_DECLINED", "PAYMENT_UNKNOWN"],
];

export const paymentRoutes: readonly RestRoute[] = [
  restRoute({
    ...{ method: "POST", path: "/payments", id: "createPayment", tag, nameField, key: "required" },
    summary: "Pay an order",
    body: payRequest,
    responses: { 200: shownPayment },
    reasons: payReasons,
    async handle({ body: { orderId, amount, currency, ...method } }, call) {
      const inCurrency = currency ?? (await orderCurrency(call, orderId));
      const request = {
        orderId,
        amount: amountFromJson(amount, inCurrency, "amount"),
        ...methodOf(method),
      };
      const { payment } = await call.payments.processPayment(request, call.options);
      return { body: paymentToJson(payment!) };
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/payments/{paymentId}", id: "getPayment", tag, nameField },
    summary: "Get a payment",
    responses: { 200: shownPayment },
    reasons: ["PAYMENT_NOT_FOUND"],
    async handle({ params }, { payments, options }) {
      return { body: paymentToJson((await payments.getPayment(params, options)).payment!) };
    },
  }),
  restRoute({
    ...{
      method: "POST",
      path: "/payments/{paymentId}/refund",
      id: "refundPayment",
      tag,
      nameField,
      key: "required",
    },
    summary: "Refund a payment, in full or in part",
    body: refundRequest,
    responses: {
      200: schemas.response("RefundedPayment", z.strictObject({ ...paymentFields, refund: shownRefund })),
    },
    reasons: [
      ...["IDEMPOTENCY_KEY_REQUIRED", "IDEMPOTENCY_KEY_REUSED", "PAYMENT_NOT_FOUND", "ILLEGAL_TRANSITION"],
      ...["REFUND_EXCEEDS_CAPTURED", "PAYMENT_DISPUTED", "CURRENCY_MISMATCH", "REFUND_DECLINED"],
    ],
    async handle({ params: { paymentId }, body: { amount, currency, reason = "" } }, call) {
      const inCurrency = currency ?? (await paymentCurrency(call, paymentId));
      const request = { paymentId, amount: amountFromJson(amount, inCurrency, "amount"), reason };
      const { payment, refund } = await call.payments.refundPayment(request, call.options);
      return { body: { ...paymentToJson(payment!), refund: refundToJson(refund!) } };
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/payments/order/{orderId}", id: "listOrderPayments", tag, nameField },
    summary: "List the payments of an order, newest first",
    query: z.object({ pageSize: pageSizeField.optional(), pageToken: pageTokenField.optional() }),
    responses: {
      200: schemas.response(
        "PaymentList",
        z.strictObject({ payments: z.array(shownPayment), nextPageToken: z.string() }),
      ),
    },
    reasons: [],
    async handle({ params, query }, { payments, options }) {
      const page = await payments.listPayments(defined({ ...params, ...query }), options);
      return { body: { payments: page.payments.map(paymentToJson), nextPageToken: page.nextPageToken } };
    },
  }),
];

/** Amounts of a request are numbers: which amounts they are is known by the currency. */
async function orderCurrency({ orders, options }: RestCall, orderId: string): Promise<string> {
  return (await orders.getOrder({ orderId }, options)).order!.currency;
}

async function paymentCurrency({ payments, options }: RestCall, paymentId: string): Promise<string> {
  return (await payments.getPayment({ paymentId, refundPageSize: 1 }, options)).payment!.amount!.currencyCode;
}

type GivenMethod = { readonly cardToken?: string | undefined; readonly paymentMethod?: string | undefined };

/** A card token is charged before a stored method; without either it is the payer's default one. */
function methodOf({ cardToken, paymentMethod }: GivenMethod) {
  if (cardToken !== undefined) return { method: { case: "paymentToken", value: cardToken } as const };
  if (paymentMethod !== undefined && uuid.test(paymentMethod))
    return { method: { case: "paymentMethodId", value: paymentMethod } as const };
  return {};
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function paymentToJson(payment: Payment) {
  return {
    id: payment.id,
    orderId: payment.orderId,
    userId: payment.userId,
    amount: amountToJson(payment.amount),
    currency: payment.amount?.currencyCode,
    paymentMethod: payment.paymentMethod,
    status: statuses[payment.status],
    transactionId: payment.transactionId || undefined,
    processedAt: momentToJson(payment.processedAt),
    failureReason: payment.failureReason || undefined,
    failureCode: payment.failureCode || undefined,
    actionUrl: payment.actionUrl || undefined,
    captured: amountToJson(payment.captured),
    refunded: amountToJson(payment.refunded),
    createdAt: momentToJson(payment.createdAt),
    updatedAt: momentToJson(payment.updatedAt),
  };
}

function refundToJson({ id, amount, status, reason, createdAt }: Refund) {
  return {
    id,
    amount: amountToJson(amount),
    currency: amount?.currencyCode,
    status: RefundStatus[status].toLowerCase(),
    reason: reason || undefined,
    createdAt: momentToJson(createdAt),
  };
}
