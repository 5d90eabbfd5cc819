import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { OrderInternalService } from "@till/gen/till/order/v1/order_internal_service_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { moneyToProto } from "@till/money";
import { upstreamError } from "@till/rpc/client";
import type { AppError } from "@till/rpc/errors";
import type { Call } from "@till/rpc/server";
import { appError } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";

/** An order, as far as a payment cares. */
type Order = { readonly userId: string; readonly paymentId: string };

/** The order service's response to a payment before its charge. */
export type Admission = { readonly kind: "admitted" } | NotAdmitted;

export type NotAdmitted = { readonly kind: "rejected" | "unreachable"; readonly error: AppError };

export type Orders = {
  /** An order, or undefined. Throws UPSTREAM_UNAVAILABLE. */
  find(orderId: string, signal?: AbortSignal): Promise<Order | undefined>;
  /** Takes the order's one payment slot; the payment that holds it may take it again. Never throws. */
  begin(payment: Payment, call: Call, timeoutMs: number): Promise<Admission>;
  /** Whether the order would admit the payment now. It changes nothing, and never throws. */
  validate(payment: Payment, call: Call, timeoutMs: number): Promise<Admission>;
};

/** The order service, over gRPC. */
export function ordersOver(transport: Transport): Orders {
  const client = createClient(OrderService, transport);
  const internal = createClient(OrderInternalService, transport);

  async function begin(
    { id: paymentId, orderId, userId, amount }: Payment,
    { caller, requestId, traceparent }: Call,
    { timeoutMs, validateOnly }: { readonly timeoutMs: number; readonly validateOnly: boolean },
  ): Promise<Admission> {
    const headers = { "x-request-id": requestId, traceparent };
    const request = { paymentId, orderId, userId, amount: moneyToProto(amount), validateOnly };
    try {
      await internal.beginPayment(request, { headers, timeoutMs });
      return { kind: "admitted" };
    } catch (cause) {
      const error = upstreamError(cause, "order");
      if (!rejections.has(error.reason)) return { kind: "unreachable", error };
      // To a user, another user's order does not exist.
      const isForeign = error.reason === "PAYER_MISMATCH" && caller.role === "user";
      return {
        kind: "rejected",
        error: isForeign ? appError("ORDER_NOT_FOUND", `no order ${orderId}`, { deniesAccess: true }) : error,
      };
    }
  }

  return {
    async find(orderId, signal) {
      try {
        const { order } = await client.getOrder({ orderId }, { ...(signal && { signal }) });
        return order && { userId: order.userId, paymentId: order.paymentId };
      } catch (error) {
        if (error instanceof ConnectError && error.code === Code.NotFound) return undefined;
        throw upstreamError(error, "order");
      }
    },
    begin: (payment, call, timeoutMs) => begin(payment, call, { timeoutMs, validateOnly: false }),
    validate: (payment, call, timeoutMs) => begin(payment, call, { timeoutMs, validateOnly: true }),
  };
}

/** The reasons of a rejection. Any other error may come after the order has admitted the payment. */
const rejections = new Set([
  "ORDER_NOT_FOUND",
  "ORDER_NOT_PAYABLE",
  "PAYMENT_IN_PROGRESS",
  "AMOUNT_MISMATCH",
  "CURRENCY_MISMATCH",
  "PAYER_MISMATCH",
]);
