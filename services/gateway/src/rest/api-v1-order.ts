import { z } from "zod";
import type { Order, OrderItem } from "@till/gen/till/order/v1/order_pb";
import { addressToJson, shownAddress } from "./addresses.ts";
import { amountToJson } from "./amounts.ts";
import { schemas } from "./components.ts";
import { momentToJson, shown, shownStatus } from "./fields.ts";
import { snakeCase } from "./names.ts";
import { statusNames } from "./status-names.ts";

export const statuses = statusNames({ CANCELLED: "CANCELED" });

/** An order under `/api/v1`. */
export const shownOrder = schemas.response(
  "OrderV1",
  z.strictObject({
    order_id: shown.uuid,
    user_id: shown.id,
    status: shownStatus(statuses.all),
    currency: shown.currency,
    total_amount: shown.amount,
    shipping_fee: shown.amount.optional(),
    discount_amount: shown.amount.optional(),
    cart_id: shown.id.optional(),
    items: z.array(
      z.strictObject({
        order_item_id: shown.uuid,
        sku_id: shown.id.meta({
          description: "Of a product; the id of a course or a session where it is one.",
        }),
        qty: shown.whole,
        item_total_amount: shown.amount,
        price_snapshot: z
          .strictObject({
            offer_id: shown.id.optional(),
            unit_price: shown.amount,
            captured_at: shown.time.optional(),
            title: shown.text.optional(),
          })
          .optional(),
      }),
    ),
    shipping_address: shownAddress(snakeCase).optional(),
    created_at: shown.time,
    updated_at: shown.time,
  }),
);

/** Returns an order as `shownOrder` describes it. */
export function orderToJson(order: Order) {
  return {
    order_id: order.id,
    user_id: order.userId,
    status: statuses.of(order.status),
    currency: order.currency,
    total_amount: amountToJson(order.total),
    shipping_fee: amountToJson(order.shippingFee),
    discount_amount: amountToJson(order.discount),
    cart_id: order.cartId || undefined,
    items: order.items.map(itemToJson),
    shipping_address: addressToJson(order.shippingAddress, snakeCase),
    created_at: momentToJson(order.createdAt),
    updated_at: momentToJson(order.updatedAt),
  };
}

function itemToJson({ id, item, quantity, subtotal, priceSnapshot }: OrderItem) {
  return {
    order_item_id: id,
    sku_id: item.value,
    qty: quantity,
    item_total_amount: amountToJson(subtotal),
    price_snapshot: priceSnapshot && {
      offer_id: priceSnapshot.offerId || undefined,
      unit_price: amountToJson(priceSnapshot.unitPrice),
      captured_at: momentToJson(priceSnapshot.capturedAt),
      title: priceSnapshot.title || undefined,
    },
  };
}
