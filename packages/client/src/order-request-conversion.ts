import { protoAddressOf } from "./address-conversion.ts";
import { protoMoneyFrom } from "./money.ts";
import type { NewOrder, NewOrderItem, OrderFilter, RefundApproval } from "./order-requests.ts";
import { invalidArgument } from "./till-error.ts";
import { optionalProtoMoney, timestampOf } from "./values.ts";

/** Writes the request of CreateOrder. Throws INVALID_ARGUMENT for what is not an amount. */
export function createRequestOf(order: NewOrder) {
  return {
    userId: order.userId ?? "",
    items: order.items.map((item, index) => ({
      item: referenceOf(item, index),
      ...(item.quantity !== undefined && { quantity: item.quantity }),
      unitPrice: optionalProtoMoney(item.unitPrice, `items[${index}].unit_price`),
    })),
    currency: order.currency ?? "",
    expectedTotal: optionalProtoMoney(order.expectedTotal, "expected_total"),
    acceptPriceChanges: order.acceptPriceChanges ?? false,
    shippingAddress: protoAddressOf(order.shippingAddress),
    billingAddress: protoAddressOf(order.billingAddress),
    cartId: order.cartId ?? "",
    notes: order.notes ?? "",
  };
}

function referenceOf({ courseId, sessionId, productId }: NewOrderItem, index: number) {
  if (courseId !== undefined) return { case: "courseId" as const, value: courseId };
  if (sessionId !== undefined) return { case: "sessionId" as const, value: sessionId };
  if (productId !== undefined) return { case: "productId" as const, value: productId };
  throw invalidArgument(`items[${index}]`, "needs a courseId, a sessionId or a productId");
}

/** Writes the request of ListOrders, but for the page token. */
export function listRequestOf(filter: OrderFilter) {
  return {
    userId: filter.userId ?? "",
    // With the prefix a name is that status alone: without it COMPLETED would include DELIVERED.
    statuses: (filter.statuses ?? []).map((status) => `ORDER_STATUS_${status}`),
    courseId: filter.courseId ?? "",
    sessionId: filter.sessionId ?? "",
    productId: filter.productId ?? "",
    createdAfter: timestampOf(filter.createdAfter, "created_after"),
    createdBefore: timestampOf(filter.createdBefore, "created_before"),
    pageSize: filter.pageSize ?? 0,
    ...(filter.hasRefund !== undefined && { hasRefund: filter.hasRefund }),
  };
}

/** Writes what ApproveRefund approves. */
export function approvalRequestOf({ amount, items = [], shippingFee }: RefundApproval) {
  return {
    amount: optionalProtoMoney(amount, "amount"),
    items: items.map(({ itemId, amount: ofLine }, index) => ({
      itemId,
      amount: protoMoneyFrom(ofLine, `items[${index}].amount`),
    })),
    shippingFee: optionalProtoMoney(shippingFee, "shipping_fee"),
  };
}
