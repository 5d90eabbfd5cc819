import {
  CancelReason,
  ItemKind,
  OrderRefundStatus,
  OrderStatus,
  RefundStatus,
  type Order as ProtoOrder,
  type OrderEvent as ProtoOrderEvent,
  type OrderItem as ProtoOrderItem,
  type PriceSnapshot as ProtoPriceSnapshot,
  type Refund as ProtoRefund,
} from "@till/gen/till/order/v1/order_pb";
import type {
  CreateOrderResponse,
  OrderAction as ProtoOrderAction,
  WatchOrderResponse,
} from "@till/gen/till/order/v1/order_service_pb";
import { addressFrom } from "./address-conversion.ts";
import type {
  CreatedOrder,
  Order,
  OrderAction,
  OrderEvent,
  OrderItem,
  OrderRefund,
  OrderUpdate,
  PriceSnapshot,
} from "./order.ts";
import {
  dateFrom,
  nameFrom,
  optionalMoneyFrom,
  optionalNameFrom,
  required,
  requiredDateFrom,
  requiredMoneyFrom,
  textFrom,
  withoutUndefined,
} from "./values.ts";

/** Reads an order. */
export function orderFrom(order: ProtoOrder | undefined): Order {
  const fields = required(order);
  return withoutUndefined<Order>({
    id: fields.id,
    userId: fields.userId,
    status: nameFrom(OrderStatus, fields.status),
    items: fields.items.map(orderItemFrom),
    currency: fields.currency,
    total: requiredMoneyFrom(fields.total),
    shippingFee: requiredMoneyFrom(fields.shippingFee),
    discount: requiredMoneyFrom(fields.discount),
    captured: requiredMoneyFrom(fields.captured),
    refunded: requiredMoneyFrom(fields.refunded),
    refundStatus: nameFrom(OrderRefundStatus, fields.refundStatus),
    version: Number(fields.version),
    createdAt: requiredDateFrom(fields.createdAt),
    updatedAt: requiredDateFrom(fields.updatedAt),
    expiresAt: dateFrom(fields.expiresAt),
    paymentId: textFrom(fields.paymentId),
    failedPayments: fields.failedPayments,
    cancelReason: optionalNameFrom(CancelReason, fields.cancelReason),
    shippingAddress: addressFrom(fields.shippingAddress),
    billingAddress: addressFrom(fields.billingAddress),
    cartId: textFrom(fields.cartId),
    notes: textFrom(fields.notes),
    refund: fields.refund && orderRefundFrom(fields.refund),
    carrier: textFrom(fields.carrier),
    trackingNumber: textFrom(fields.trackingNumber),
    deliveredAt: dateFrom(fields.deliveredAt),
    completedAt: dateFrom(fields.completedAt),
    inventoryReleasedAt: dateFrom(fields.inventoryReleasedAt),
  });
}

function orderItemFrom(fields: ProtoOrderItem): OrderItem {
  const { item } = fields;
  return withoutUndefined<OrderItem>({
    id: fields.id,
    kind: nameFrom(ItemKind, fields.kind),
    ...(item.case && { [item.case]: item.value }),
    name: fields.name,
    quantity: fields.quantity,
    unitPrice: requiredMoneyFrom(fields.unitPrice),
    subtotal: requiredMoneyFrom(fields.subtotal),
    paid: requiredMoneyFrom(fields.paid),
    refunded: optionalMoneyFrom(fields.refunded),
    priceSnapshot: fields.priceSnapshot && priceSnapshotFrom(fields.priceSnapshot),
    startsAt: dateFrom(fields.startsAt),
    endsAt: dateFrom(fields.endsAt),
  });
}

function priceSnapshotFrom({ offerId, unitPrice, capturedAt, title }: ProtoPriceSnapshot): PriceSnapshot {
  return withoutUndefined<PriceSnapshot>({
    offerId: textFrom(offerId),
    unitPrice: requiredMoneyFrom(unitPrice),
    capturedAt: requiredDateFrom(capturedAt),
    title,
  });
}

function orderRefundFrom(refund: ProtoRefund): OrderRefund {
  return withoutUndefined<OrderRefund>({
    id: refund.id,
    status: nameFrom(RefundStatus, refund.status),
    reason: textFrom(refund.reason),
    amount: optionalMoneyFrom(refund.amount),
    items: refund.items.map(({ itemId, amount }) => ({ itemId, amount: requiredMoneyFrom(amount) })),
    remark: textFrom(refund.remark),
    shippingFee: optionalMoneyFrom(refund.shippingFee),
  });
}

/** Reads an entry of an order's history. */
export function orderEventFrom(event: ProtoOrderEvent): OrderEvent {
  return withoutUndefined<OrderEvent>({
    id: event.id,
    orderId: event.orderId,
    type: event.type,
    version: Number(event.version),
    from: optionalNameFrom(OrderStatus, event.from),
    to: nameFrom(OrderStatus, event.to),
    actor: event.actor,
    reason: textFrom(event.reason),
    createdAt: requiredDateFrom(event.createdAt),
    amount: optionalMoneyFrom(event.amount),
    payload: event.payload,
  });
}

/** Reads the response of CreateOrder. */
export function createdOrderFrom({
  order,
  idempotentReplay,
  priceChanges,
}: CreateOrderResponse): CreatedOrder {
  return {
    ...orderFrom(order),
    idempotentReplay,
    priceChanges: priceChanges.map(({ itemIndex, expected, current }) =>
      withoutUndefined({
        itemIndex,
        expected: requiredMoneyFrom(expected),
        current: requiredMoneyFrom(current),
      }),
    ),
  };
}

/** Reads a message of WatchOrder. */
export function orderUpdateFrom({ update, version, isLast }: WatchOrderResponse): OrderUpdate {
  const place = { version: Number(version), isLast };
  if (update.case === "snapshot") {
    const order = orderFrom(update.value);
    return { kind: "snapshot", status: order.status, order, ...place };
  }
  const event = orderEventFrom(required(update.value));
  return { kind: "event", status: event.to, event, ...place };
}

/** Reads a command that an order can take, or not. */
export function orderActionFrom({ rpc, to, allowed, reason, message }: ProtoOrderAction): OrderAction {
  return withoutUndefined<OrderAction>({
    rpc,
    to: optionalNameFrom(OrderStatus, to),
    allowed,
    reason: textFrom(reason),
    message: textFrom(message),
  });
}
