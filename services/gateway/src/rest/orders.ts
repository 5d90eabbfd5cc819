import { z } from "zod";
import type { Order, OrderItem } from "@till/gen/till/order/v1/order_pb";
import { addressField, addressToJson, shownAddress } from "./addresses.ts";
import { amountFromJson, amountToJson } from "./amounts.ts";
import { schemas } from "./components.ts";
import { defined } from "./defined.ts";
import {
  amountField,
  currencyField,
  idField,
  idFilterField,
  momentField,
  momentToJson,
  pageSizeField,
  pageTokenField,
  shown,
  shownStatus,
  statusesField,
  statusField,
  textField,
  wholeField,
} from "./fields.ts";
import { camelCase, nameFields } from "./names.ts";
import { createOrder, createReasons, linesOf } from "./order-request.ts";
import { restRoute, type RestRoute } from "./rest-route.ts";
import { changeReasons, setStatus } from "./set-status.ts";
import { statusNames } from "./status-names.ts";

/** Orders in camelCase, with statuses in lower case: `/orders`. */

const sameName = (name: string) => name;
const statuses = statusNames({ CREATED: "PENDING", PAYMENT_PENDING: "PENDING", PAID: "CONFIRMED" }, (name) =>
  name.toLowerCase(),
);
const tag = "Orders";
const nameField = nameFields(
  { unit_price: "price", expected_total: "totalAmount", statuses: "status" },
  camelCase,
);

const shownItem = schemas.response(
  "OrderItem",
  z.strictObject({
    id: shown.uuid,
    orderId: shown.uuid,
    productId: shown.id.optional(),
    courseId: shown.id.optional(),
    sessionId: shown.id.optional(),
    productName: shown.text,
    quantity: shown.whole,
    price: shown.amount,
    subtotal: shown.amount,
  }),
);

const shownOrder = schemas.response(
  "Order",
  z.strictObject({
    id: shown.uuid,
    userId: shown.id,
    status: shownStatus(statuses.all),
    totalAmount: shown.amount,
    currency: shown.currency,
    items: z.array(shownItem),
    shippingAddress: shownAddress(sameName).optional(),
    billingAddress: shownAddress(sameName).optional(),
    createdAt: shown.time,
    updatedAt: shown.time,
    expiresAt: shown.time.optional(),
    shippingFee: shown.amount.optional(),
    discount: shown.amount.optional(),
    captured: shown.amount.optional(),
    refunded: shown.amount.optional(),
    paymentId: shown.uuid.optional(),
    cartId: shown.id.optional(),
    notes: shown.text.optional(),
    carrier: shown.text.optional(),
    trackingNumber: shown.text.optional(),
    version: shown.whole,
  }),
);

const createRequest = schemas.request(
  "CreateOrder",
  z.object({
    userId: idField.meta({ description: "The buyer. Left out: the caller." }).optional(),
    items: z
      .array(
        z.object({
          productId: idField.optional(),
          courseId: idField.optional(),
          sessionId: idField.optional(),
          quantity: wholeField({ minimum: 1, maximum: 999 }).optional(),
          price: amountField.optional(),
        }),
      )
      .optional(),
    currency: currencyField.optional(),
    totalAmount: amountField.optional(),
    acceptPriceChanges: z.boolean().optional(),
    shippingAddress: addressField(sameName).optional(),
    billingAddress: addressField(sameName).optional(),
    cartId: idField.optional(),
    notes: textField.optional(),
  }),
);

const statusRequest = schemas.request(
  "UpdateOrderStatus",
  z.object({
    status: statusField(statuses.settable).meta({
      description: "cancelled cancels the order.",
      example: "shipped",
    }),
    reason: textField.optional(),
    carrier: textField.optional(),
    trackingNumber: textField.optional(),
  }),
);

const listQuery = z.object({
  userId: idFilterField.optional(),
  status: statusesField(statuses.all).optional(),
  courseId: idFilterField.optional(),
  productId: idFilterField.optional(),
  sessionId: idFilterField.optional(),
  createdAfter: momentField.optional(),
  createdBefore: momentField.optional(),
  pageSize: pageSizeField.optional(),
  pageToken: pageTokenField.optional(),
});

export const orderRoutes: readonly RestRoute[] = [
  restRoute({
    ...{ method: "GET", path: "/orders", id: "listOrders", tag, nameField },
    summary: "List orders, newest first",
    query: listQuery,
    responses: {
      200: schemas.response(
        "OrderList",
        z.strictObject({ orders: z.array(shownOrder), nextPageToken: z.string() }),
      ),
    },
    reasons: ["PERMISSION_DENIED"],
    async handle({ query: { status, ...query } }, { orders, options }) {
      const page = await orders.listOrders(defined({ ...query, statuses: status }), options);
      return { body: { orders: page.orders.map(orderToJson), nextPageToken: page.nextPageToken } };
    },
  }),
  restRoute({
    ...{ method: "POST", path: "/orders", id: "createOrder", tag, nameField, key: "required" },
    summary: "Create an order",
    body: createRequest,
    responses: { 201: shownOrder, 200: shownOrder },
    reasons: createReasons,
    handle({ body: { items = [], totalAmount, currency, ...body } }, call) {
      const priced = currency ?? call.defaultCurrency;
      const request = defined({
        ...body,
        currency,
        expectedTotal:
          totalAmount === undefined ? undefined : amountFromJson(totalAmount, priced, "totalAmount"),
        items: linesOf(
          items.map(({ price, ...item }) => ({ ...item, unitPrice: price })),
          priced,
        ),
      });
      return createOrder(call, request, orderToJson, (id) => `/orders/${id}`);
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/orders/{orderId}", id: "getOrder", tag, nameField },
    summary: "Get an order",
    responses: { 200: shownOrder },
    reasons: ["ORDER_NOT_FOUND"],
    async handle({ params }, { orders, options }) {
      return { body: orderToJson((await orders.getOrder(params, options)).order!) };
    },
  }),
  restRoute({
    ...{
      method: "PATCH",
      path: "/orders/{orderId}",
      id: "updateOrderStatus",
      tag,
      nameField,
      key: "optional",
    },
    summary: "Set the status of an order",
    body: statusRequest,
    responses: { 200: shownOrder },
    reasons: changeReasons,
    async handle({ params, body }, call) {
      return { body: orderToJson(await setStatus(call, { ...params, ...body })) };
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/orders/{orderId}/items", id: "listOrderItems", tag, nameField },
    summary: "List the lines of an order",
    responses: { 200: schemas.response("OrderItemList", z.strictObject({ items: z.array(shownItem) })) },
    reasons: ["ORDER_NOT_FOUND"],
    async handle({ params }, { orders, options }) {
      const { items } = await orders.listOrderItems(params, options);
      return { body: { items: items.map((item) => itemToJson(item, params.orderId.toLowerCase())) } };
    },
  }),
];

function orderToJson(order: Order) {
  return {
    id: order.id,
    userId: order.userId,
    status: statuses.of(order.status),
    totalAmount: amountToJson(order.total),
    currency: order.currency,
    items: order.items.map((item) => itemToJson(item, order.id)),
    shippingAddress: addressToJson(order.shippingAddress, sameName),
    billingAddress: addressToJson(order.billingAddress, sameName),
    createdAt: momentToJson(order.createdAt),
    updatedAt: momentToJson(order.updatedAt),
    expiresAt: momentToJson(order.expiresAt),
    shippingFee: amountToJson(order.shippingFee),
    discount: amountToJson(order.discount),
    captured: amountToJson(order.captured),
    refunded: amountToJson(order.refunded),
    paymentId: order.paymentId || undefined,
    cartId: order.cartId || undefined,
    notes: order.notes || undefined,
    carrier: order.carrier || undefined,
    trackingNumber: order.trackingNumber || undefined,
    version: Number(order.version),
  };
}

function itemToJson({ id, item, name, quantity, unitPrice, subtotal }: OrderItem, orderId: string) {
  return {
    id,
    orderId,
    ...(item.case && { [item.case]: item.value }),
    productName: name,
    quantity,
    price: amountToJson(unitPrice),
    subtotal: amountToJson(subtotal),
  };
}
