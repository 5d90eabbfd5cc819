import { fromJson, toJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { Money as MoneyMessage } from "@till/gen/google/type/money_pb";
import { PostalAddressSchema, type PostalAddress } from "@till/gen/google/type/postal_address_pb";
import {
  CancelReason,
  ItemKind,
  OrderRefundStatus,
  OrderStatus,
  RefundStatus,
  type Order as OrderMessage,
  type OrderEvent as OrderEventMessage,
  type OrderItem as OrderItemMessage,
  type Refund as RefundMessage,
} from "@till/gen/till/order/v1/order_pb";
import { equals, moneyToDecimal, moneyToProto, type Money } from "@till/money";
import { subtotal, type Order, type OrderItem, type Refund } from "../rules/order.ts";
import type { RecordedEntry } from "../rules/decision.ts";

/**
 * An order as clients see it. Whole messages, written out: one with so many fields is slow to make from an initialiser,
 * and slow to read ever after.
 */
export function orderToProto(order: Order): OrderMessage {
  const { details, shipment } = order;
  return {
    $typeName: "till.order.v1.Order",
    id: order.id,
    userId: order.userId,
    status: OrderStatus[order.status],
    items: order.items.map(itemToProto),
    currency: order.total.currency,
    total: amountToProto(order.total),
    shippingFee: amountToProto(order.shippingFee),
    discount: amountToProto(order.discount),
    captured: amountToProto(order.captured),
    refunded: amountToProto(order.refunded),
    version: BigInt(order.version),
    createdAt: timestampFromDate(order.createdAt),
    updatedAt: timestampFromDate(order.updatedAt),
    expiresAt: timestampFromDate(order.expiresAt),
    paymentId: order.paymentId ?? "",
    failedPayments: order.failedPayments,
    cancelReason: CancelReason[order.cancelReason ?? "UNSPECIFIED"],
    cartId: details.cartId ?? "",
    notes: details.notes ?? "",
    refundStatus: refundStatusOf(order),
    refund: order.refund && refundToProto(order.refund),
    carrier: shipment?.carrier ?? "",
    trackingNumber: shipment?.trackingNumber ?? "",
    deliveredAt: timeToProto(order.deliveredAt),
    completedAt: timeToProto(order.completedAt),
    inventoryReleasedAt: timeToProto(order.inventoryReleasedAt),
    shippingAddress: details.shippingAddress && addressFromJson(details.shippingAddress),
    billingAddress: details.billingAddress && addressFromJson(details.billingAddress),
  };
}

/** A history entry as clients see it. */
export function historyToProto(entry: RecordedEntry): OrderEventMessage {
  const { id, orderId, type, version, from, to, actor, reason, amount, at } = entry;
  return {
    $typeName: "till.order.v1.OrderEvent",
    id,
    orderId,
    type,
    version: BigInt(version),
    from: from === undefined ? OrderStatus.UNSPECIFIED : OrderStatus[from],
    to: OrderStatus[to],
    actor,
    reason,
    createdAt: timestampFromDate(at),
    amount: amount && amountToProto(amount),
    payload: payloadToProto(entry),
  };
}

/** The details of an entry, with its amount in decimals. */
function payloadToProto({ payload, amount }: RecordedEntry): JsonObject | undefined {
  const money = amount && { amount: moneyToDecimal(amount), currency: amount.currency };
  const all = { ...payload, ...money } as JsonObject;
  return Object.keys(all).length > 0 ? all : undefined;
}

/** An address as it is kept. */
export function addressToJson(address: PostalAddress): object {
  return toJson(PostalAddressSchema, address) as object;
}

function addressFromJson(json: object): PostalAddress {
  return fromJson(PostalAddressSchema, json as JsonValue);
}

/** A line as clients see it. */
export function itemToProto(item: OrderItem): OrderItemMessage {
  const { id, kind, refId, name, quantity, unitPrice, priceSnapshot } = item;
  const which = kind === "DIGITAL_COURSE" ? "courseId" : kind === "SESSION" ? "sessionId" : "productId";
  const price = amountToProto(unitPrice);
  return {
    $typeName: "till.order.v1.OrderItem",
    id,
    kind: ItemKind[kind],
    item: { case: which, value: refId },
    name,
    quantity,
    unitPrice: price,
    subtotal: amountToProto(subtotal(item)),
    paid: amountToProto(item.paid),
    refunded: item.refunded.minorUnits > 0n ? amountToProto(item.refunded) : undefined,
    startsAt: timeToProto(item.startsAt),
    endsAt: timeToProto(item.endsAt),
    priceSnapshot: {
      $typeName: "till.order.v1.PriceSnapshot",
      offerId: priceSnapshot.offerId ?? "",
      unitPrice: price,
      capturedAt: timestampFromDate(priceSnapshot.capturedAt),
      title: priceSnapshot.title,
    },
  };
}

function refundToProto({ id, state, reason, amount, items, deliveryAmount, remark }: Refund): RefundMessage {
  return {
    $typeName: "till.order.v1.Refund",
    id,
    status: RefundStatus[state],
    reason,
    remark,
    items: items.map(({ itemId, amount: part }) => ({
      $typeName: "till.order.v1.RefundItem",
      itemId,
      amount: amountToProto(part),
    })),
    amount: amount && amountToProto(amount),
    shippingFee: deliveryAmount && amountToProto(deliveryAmount),
  };
}

/** How much of the captured money is back: a projection of the sums. */
function refundStatusOf({ captured, refunded }: Order): OrderRefundStatus {
  if (refunded.minorUnits === 0n) return OrderRefundStatus.NONE;
  return equals(captured, refunded) ? OrderRefundStatus.FULL : OrderRefundStatus.PARTIAL;
}

function amountToProto(amount: Money): MoneyMessage {
  const { currencyCode, units, nanos } = moneyToProto(amount);
  return { $typeName: "google.type.Money", currencyCode, units, nanos };
}

function timeToProto(time: Date | undefined): Timestamp | undefined {
  return time && timestampFromDate(time);
}
