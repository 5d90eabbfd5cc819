import { money } from "@till/money";
import type {
  CancelReason,
  HistoryEntry,
  ItemKind,
  Order,
  OrderDetails,
  OrderItem,
  OrderStatus,
} from "./order.ts";

/** An order as Postgres gives it, its lines as a JSON array. bigint comes as text. */
export type OrderRow = {
  readonly id: string;
  readonly user_id: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly total_minor: string;
  readonly shipping_fee_minor: string;
  readonly discount_minor: string;
  readonly captured_minor: string;
  readonly refunded_minor: string;
  readonly version: number;
  readonly payment_id: string | null;
  readonly failed_payments: number;
  readonly cancel_reason: CancelReason | null;
  readonly details: OrderDetails | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly expires_at: Date;
  readonly items: readonly ItemRow[];
};

/** One line inside OrderRow.items; amounts were cast to text, so that JSON does not round them. */
export type ItemRow = {
  readonly id: string;
  readonly kind: ItemKind;
  readonly ref_id: string;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price_minor: string;
};

export type HistoryRow = {
  readonly order_id: string;
  readonly user_id: string;
  readonly version: number;
  readonly type: string;
  readonly from_status: OrderStatus | null;
  readonly to_status: OrderStatus;
  readonly actor: string;
  readonly reason: string;
  readonly created_at: Date;
};

export function orderFromRow(row: OrderRow): Order {
  const amount = (minor: string) => money(row.currency, BigInt(minor));
  const item = ({ id, kind, ref_id: refId, name, quantity, unit_price_minor }: ItemRow): OrderItem => {
    return { id, kind, refId, name, quantity, unitPrice: amount(unit_price_minor) };
  };
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    items: row.items.map(item),
    total: amount(row.total_minor),
    shippingFee: amount(row.shipping_fee_minor),
    discount: amount(row.discount_minor),
    captured: amount(row.captured_minor),
    refunded: amount(row.refunded_minor),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    paymentId: row.payment_id ?? undefined,
    failedPayments: row.failed_payments,
    cancelReason: row.cancel_reason ?? undefined,
    details: row.details ?? {},
  };
}

export function historyFromRow(row: HistoryRow): HistoryEntry {
  return {
    orderId: row.order_id,
    userId: row.user_id,
    type: row.type,
    version: row.version,
    from: row.from_status ?? undefined,
    to: row.to_status,
    actor: row.actor,
    reason: row.reason,
    at: row.created_at,
  };
}

/** The columns of an order that its creation sets, ready for JSON. */
export function newOrderRow(order: Order) {
  const { notes, cartId, shippingAddress, billingAddress } = order.details;
  const hasDetails = notes ?? cartId ?? shippingAddress ?? billingAddress;
  return {
    id: order.id,
    user_id: order.userId,
    currency: order.total.currency,
    total_minor: Number(order.total.minorUnits),
    shipping_fee_minor: Number(order.shippingFee.minorUnits),
    discount_minor: Number(order.discount.minorUnits),
    details: hasDetails === undefined ? null : order.details,
    created_at: order.createdAt,
    expires_at: order.expiresAt,
  };
}

/** The columns of an order that change after its creation, ready for JSON. */
export function changedOrderRow(order: Order) {
  return {
    id: order.id,
    user_id: order.userId,
    status: order.status,
    captured_minor: Number(order.captured.minorUnits),
    refunded_minor: Number(order.refunded.minorUnits),
    version: order.version,
    payment_id: order.paymentId,
    failed_payments: order.failedPayments,
    cancel_reason: order.cancelReason,
    updated_at: order.updatedAt,
  };
}

export function itemRows(order: Order) {
  return order.items.map(({ id, kind, refId, name, quantity, unitPrice }) => ({
    user_id: order.userId,
    order_id: order.id,
    id,
    kind,
    ref_id: refId,
    name,
    quantity,
    unit_price_minor: Number(unitPrice.minorUnits),
  }));
}

/** History entries, numbered within their change. */
export function historyRows(history: readonly HistoryEntry[]) {
  return history.map(({ orderId, userId, type, version, from, to, actor, reason, at }, index) => ({
    user_id: userId,
    order_id: orderId,
    version,
    position: index + 1,
    type,
    from_status: from,
    to_status: to,
    actor,
    reason,
    created_at: at,
  }));
}
