import { fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { PostalAddressSchema, type PostalAddress } from "@till/gen/google/type/postal_address_pb";
import { ItemKind, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { moneyToProto } from "@till/money";
import { subtotal, type HistoryEntry, type Order, type OrderItem } from "./order.ts";

/** An order as clients see it. */
export function orderToProto(order: Order) {
  const { details } = order;
  return {
    id: order.id,
    userId: order.userId,
    status: OrderStatus[order.status],
    items: order.items.map(itemToProto),
    currency: order.total.currency,
    total: moneyToProto(order.total),
    shippingFee: moneyToProto(order.shippingFee),
    discount: moneyToProto(order.discount),
    captured: moneyToProto(order.captured),
    refunded: moneyToProto(order.refunded),
    version: BigInt(order.version),
    createdAt: timestampFromDate(order.createdAt),
    updatedAt: timestampFromDate(order.updatedAt),
    expiresAt: timestampFromDate(order.expiresAt),
    paymentId: order.paymentId ?? "",
    failedPayments: order.failedPayments,
    cancelReason: order.cancelReason ?? "",
    cartId: details.cartId ?? "",
    notes: details.notes ?? "",
    ...(details.shippingAddress && { shippingAddress: addressFromJson(details.shippingAddress) }),
    ...(details.billingAddress && { billingAddress: addressFromJson(details.billingAddress) }),
  };
}

/** A history entry as clients see it. */
export function historyToProto({ orderId, type, version, from, to, actor, reason, at }: HistoryEntry) {
  return {
    orderId,
    type,
    version: BigInt(version),
    from: from === undefined ? OrderStatus.UNSPECIFIED : OrderStatus[from],
    to: OrderStatus[to],
    actor,
    reason,
    createdAt: timestampFromDate(at),
  };
}

/** An address as it is kept. */
export function addressToJson(address: PostalAddress): object {
  return toJson(PostalAddressSchema, address) as object;
}

function addressFromJson(json: object): PostalAddress {
  return fromJson(PostalAddressSchema, json as JsonValue);
}

function itemToProto(item: OrderItem) {
  const { id, kind, refId, name, quantity, unitPrice } = item;
  const which = kind === "DIGITAL_COURSE" ? "courseId" : kind === "SESSION" ? "sessionId" : "productId";
  return {
    id,
    kind: ItemKind[kind],
    item: { case: which, value: refId } as const,
    name,
    quantity,
    unitPrice: moneyToProto(unitPrice),
    subtotal: moneyToProto(subtotal(item)),
  };
}
