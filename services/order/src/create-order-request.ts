import { hash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import {
  CreateOrderRequestSchema,
  type CreateOrderItem,
  type CreateOrderRequest,
} from "@till/gen/till/order/v1/order_service_pb";
import { isCurrency, type Money } from "@till/money";
import { amountFromProto, refuse, refuseField, requireIdempotencyKey, type Call } from "@till/rpc";
import type { OrderDetails } from "./order.ts";
import { addressToJson } from "./proto.ts";
import type { RequestKey } from "./store.ts";

/** A CreateOrder request that is well-formed in itself; whether it can be carried out is another question. */
export type AskedOrder = {
  readonly key: RequestKey;
  readonly userId: string;
  readonly lines: readonly AskedLine[];
  readonly currency: string | undefined;
  readonly expectedTotal: Money | undefined;
  readonly acceptPriceChanges: boolean;
  readonly details: OrderDetails;
};

export type AskedLine = {
  readonly courseId: string;
  readonly quantity: number;
  readonly expectedPrice: Money | undefined;
};

/** Reads a request. Throws INVALID_ARGUMENT, IDEMPOTENCY_KEY_… or PERMISSION_DENIED. */
export function askedOrderFromProto(request: CreateOrderRequest, call: Call): AskedOrder {
  const key = requireIdempotencyKey(request.idempotencyKey, call);
  const userId = buyerOf(request, call);
  const lines = request.items.map(lineFromProto);
  const expectedTotal = request.expectedTotal && amountFromProto(request.expectedTotal, "expected_total");
  const currency = oneCurrency(request.currency, lines, expectedTotal);
  return {
    key: { callerId: call.caller.id, key, hash: hashOf(request, userId) },
    userId,
    lines,
    currency,
    expectedTotal,
    acceptPriceChanges: request.acceptPriceChanges,
    details: {
      ...(request.cartId && { cartId: request.cartId }),
      ...(request.notes && { notes: request.notes }),
      ...(request.shippingAddress && { shippingAddress: addressToJson(request.shippingAddress) }),
      ...(request.billingAddress && { billingAddress: addressToJson(request.billingAddress) }),
    },
  };
}

/** A user buys for itself; a service says for whom. */
function buyerOf({ userId }: CreateOrderRequest, { caller }: Call): string {
  const asked = userId.toLowerCase();
  if (caller.role !== "user") return asked || refuseField("user_id", "a service must name the user who buys");
  if (asked && asked !== caller.id) refuse("PERMISSION_DENIED", "a user places orders for itself only");
  return caller.id;
}

function lineFromProto({ item, quantity = 1, unitPrice }: CreateOrderItem, index: number): AskedLine {
  const field = `items[${index}]`;
  if (item.case !== "courseId") refuseField(field, "only courses are sold so far; course_id must be set");
  return {
    courseId: item.value.toLowerCase(),
    quantity,
    expectedPrice: unitPrice && amountFromProto(unitPrice, `${field}.unit_price`),
  };
}

/** Everything the request says of money must be in one currency (spec section 6). */
function oneCurrency(
  asked: string,
  lines: readonly AskedLine[],
  total: Money | undefined,
): string | undefined {
  const named = [asked, total?.currency, ...lines.map(({ expectedPrice }) => expectedPrice?.currency)];
  const currencies = [...new Set(named.filter((currency) => currency))];
  if (asked && !isCurrency(asked)) refuseField("currency", `${asked} is not an ISO 4217 currency`);
  if (currencies.length > 1)
    refuseField("currency", `an order has one currency, not ${currencies.join(" and ")}`);
  return currencies[0];
}

/** Two requests are the same when all but the key agrees; who buys is part of it however it was said. */
function hashOf(request: CreateOrderRequest, userId: string): string {
  const bytes = toBinary(CreateOrderRequestSchema, { ...request, userId, idempotencyKey: "" });
  return hash("sha256", bytes, "base64url");
}
