import { create, fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { MoneySchema, type Money as MoneyMessage } from "@till/gen/google/type/money_pb";
import { PostalAddressSchema, type PostalAddress } from "@till/gen/google/type/postal_address_pb";
import { ItemKind, OrderStatus, RefundState, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { equals, moneyToProto, type Money } from "@till/money";
import type { HistoryEntry } from "./decision.ts";
import { subtotal, type Order, type OrderItem, type Refund } from "./order.ts";

/** An order as clients see it. */
export function orderToProto(order: Order) {
  const { details } = order;
  return {
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
    cancelReason: order.cancelReason ?? "",
    cartId: details.cartId ?? "",
    notes: details.notes ?? "",
    refundStatus: refundStatusOf(order),
    ...(order.refund && { refund: refundToProto(order.refund) }),
    ...order.shipment,
    ...(order.deliveredAt && { deliveredAt: timestampFromDate(order.deliveredAt) }),
    ...(order.completedAt && { completedAt: timestampFromDate(order.completedAt) }),
    ...(order.inventoryReleasedAt && { inventoryReleasedAt: timestampFromDate(order.inventoryReleasedAt) }),
    ...(details.shippingAddress && { shippingAddress: addressFromJson(details.shippingAddress) }),
    ...(details.billingAddress && { billingAddress: addressFromJson(details.billingAddress) }),
  };
}

/** A history entry as clients see it. */
export function historyToProto(entry: HistoryEntry) {
  const { orderId, type, version, from, to, actor, reason, amount, at } = entry;
  return {
    orderId,
    type,
    version: BigInt(version),
    from: from === undefined ? OrderStatus.UNSPECIFIED : OrderStatus[from],
    to: OrderStatus[to],
    actor,
    reason,
    createdAt: timestampFromDate(at),
    ...(amount && { amount: amountToProto(amount) }),
  };
}

/** An address as it is kept. */
export function addressToJson(address: PostalAddress): object {
  return toJson(PostalAddressSchema, address) as object;
}

function addressFromJson(json: object): PostalAddress {
  return fromJson(PostalAddressSchema, json as JsonValue);
}

/** A line as clients see it. */
export function itemToProto(item: OrderItem) {
  const { id, kind, refId, name, quantity, unitPrice } = item;
  const which = kind === "DIGITAL_COURSE" ? "courseId" : kind === "SESSION" ? "sessionId" : "productId";
  return {
    id,
    kind: ItemKind[kind],
    item: { case: which, value: refId } as const,
    name,
    quantity,
    unitPrice: amountToProto(unitPrice),
    subtotal: amountToProto(subtotal(item)),
    ...(item.refunded.minorUnits > 0n && { refunded: amountToProto(item.refunded) }),
  };
}

function refundToProto({ id, state, reason, amount, items, remark }: Refund) {
  return {
    id,
    state: RefundState[state],
    reason,
    remark,
    items: items.map(({ itemId, amount: part }) => ({ itemId, amount: amountToProto(part) })),
    ...(amount && { amount: amountToProto(amount) }),
  };
}

/** How much of the captured money is back: a projection of the sums (spec C7). */
function refundStatusOf({ captured, refunded }: Order): RefundStatus {
  if (refunded.minorUnits === 0n) return RefundStatus.NONE;
  return equals(captured, refunded) ? RefundStatus.FULL : RefundStatus.PARTIAL;
}

/** A new order has four amounts of nothing in it; the message for it is made once a currency. */
const nothing = new Map<string, MoneyMessage>();

function amountToProto(amount: Money): MoneyMessage {
  const { currency: currencyCode, minorUnits } = amount;
  if (minorUnits !== 0n) return create(MoneySchema, moneyToProto(amount));
  let message = nothing.get(currencyCode);
  if (!message) nothing.set(currencyCode, (message = create(MoneySchema, { currencyCode })));
  return message;
}
