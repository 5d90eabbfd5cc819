import { money, type Money } from "@till/money";
import type {
  BookingStatus,
  CancelReason,
  ItemKind,
  Order,
  OrderDetails,
  OrderItem,
  OrderStatus,
  Refund,
  RefundState,
  StockState,
} from "../rules/order.ts";

/** An order as Postgres gives it, its lines as a JSON array. bigint comes as text. */
export type OrderRow = {
  readonly id: string;
  readonly user_id: string;
  readonly status: OrderStatus;
  readonly prior_status: OrderStatus | null;
  readonly currency: string;
  readonly total_minor: string;
  readonly shipping_fee_minor: string;
  readonly discount_minor: string;
  readonly captured_minor: string;
  readonly refunded_minor: string;
  readonly delivery_refunded_minor: string;
  readonly version: number;
  readonly payment_id: string | null;
  readonly payment_method: string | null;
  readonly transaction_id: string | null;
  readonly paid_at: Date | null;
  readonly failed_payments: number;
  readonly cancel_reason: CancelReason | null;
  readonly refund: RefundRow | null;
  readonly refunded_from: OrderStatus | null;
  readonly refund_due_minor: string;
  readonly dispute_id: string | null;
  readonly dispute_state: "OPEN" | "WON" | "LOST" | null;
  readonly carrier: string | null;
  readonly tracking_number: string | null;
  readonly delivered_at: Date | null;
  readonly completed_at: Date | null;
  readonly returned_at: Date | null;
  readonly stock_state: StockState | null;
  readonly inventory_released_at: Date | null;
  readonly details: OrderDetails | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly expires_at: Date;
  readonly items: readonly ItemRow[];
};

/** One line inside OrderRow.items; amounts were cast to text, so that JSON does not round them. */
type ItemRow = {
  readonly id: string;
  readonly kind: ItemKind;
  readonly ref_id: string;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price_minor: string;
  readonly paid_minor: string;
  readonly refunded_minor: string;
  readonly offer_id: string | null;
  readonly offer_title: string;
  readonly offer_read_at: string;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly cancelled_seats: number;
  readonly refund_due_minor: string;
  readonly booking_status: BookingStatus | null;
  readonly stock_release: "DUE" | "DONE" | null;
};

/** OrderRow.refund; the order's last one. */
type RefundRow = {
  readonly id: string;
  readonly state: RefundState;
  readonly reason: string;
  readonly amount_minor: string | null;
  readonly items: readonly { readonly itemId: string; readonly minor: string }[];
  readonly delivery_minor: string | null;
  readonly due_minor: string | null;
  readonly remark: string;
};

export function orderFromRow(row: OrderRow): Order {
  const amount = (minor: string) => money(row.currency, BigInt(minor));
  const { carrier, tracking_number: trackingNumber } = row;
  const { payment_method: method, transaction_id: transactionId, paid_at: paidAt } = row;
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    priorStatus: row.prior_status ?? undefined,
    items: row.items.map((line) => itemFromRow(line, amount)),
    total: amount(row.total_minor),
    shippingFee: amount(row.shipping_fee_minor),
    discount: amount(row.discount_minor),
    captured: amount(row.captured_minor),
    refunded: amount(row.refunded_minor),
    deliveryRefunded: amount(row.delivery_refunded_minor),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    paymentId: row.payment_id ?? undefined,
    paidWith: method && transactionId && paidAt ? { method, transactionId, paidAt } : undefined,
    failedPayments: row.failed_payments,
    cancelReason: row.cancel_reason ?? undefined,
    refund: row.refund ? refundFromRow(row.refund, amount) : undefined,
    refundedFrom: row.refunded_from ?? undefined,
    refundDue: row.refund_due_minor === "0" ? undefined : amount(row.refund_due_minor),
    dispute:
      row.dispute_id !== null && row.dispute_state !== null
        ? { id: row.dispute_id, state: row.dispute_state }
        : undefined,
    shipment: carrier !== null && trackingNumber !== null ? { carrier, trackingNumber } : undefined,
    deliveredAt: row.delivered_at ?? undefined,
    completedAt: row.completed_at ?? undefined,
    returnedAt: row.returned_at ?? undefined,
    stock: row.stock_state ?? undefined,
    inventoryReleasedAt: row.inventory_released_at ?? undefined,
    details: row.details ?? {},
  };
}

/** Reads an amount in the order's currency. */
type ReadAmount = (minor: string) => Money;

function itemFromRow(line: ItemRow, amount: ReadAmount): OrderItem {
  return {
    id: line.id,
    kind: line.kind,
    refId: line.ref_id,
    name: line.name,
    quantity: line.quantity,
    unitPrice: amount(line.unit_price_minor),
    paid: amount(line.paid_minor),
    refunded: amount(line.refunded_minor),
    priceSnapshot: {
      offerId: line.offer_id ?? undefined,
      title: line.offer_title,
      capturedAt: new Date(line.offer_read_at),
    },
    startsAt: dateFrom(line.starts_at),
    endsAt: dateFrom(line.ends_at),
    cancelledSeats: line.cancelled_seats,
    refundDue: line.refund_due_minor === "0" ? undefined : amount(line.refund_due_minor),
    booking: line.booking_status ?? undefined,
    stockRelease: line.stock_release ?? undefined,
  };
}

function refundFromRow(row: RefundRow, amount: ReadAmount): Refund {
  const { id, state, reason, remark } = row;
  return {
    id,
    state,
    reason,
    amount: row.amount_minor === null ? undefined : amount(row.amount_minor),
    items: row.items.map(({ itemId, minor }) => ({ itemId, amount: amount(minor) })),
    deliveryAmount: row.delivery_minor === null ? undefined : amount(row.delivery_minor),
    dueAmount: row.due_minor === null ? undefined : amount(row.due_minor),
    remark,
  };
}

/** A time inside JSON, which has no type for it. */
function dateFrom(time: string | null): Date | undefined {
  return time === null ? undefined : new Date(time);
}
