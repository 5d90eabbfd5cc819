import { z } from "zod";
import type { Order } from "@till/gen/till/order/v1/order_pb";
import { addressField, addressToJson, shownAddress } from "./addresses.ts";
import { amountToJson } from "./amounts.ts";
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
import { nameFields, snakeCase } from "./names.ts";
import { createOrder, createReasons, linesOf } from "./order-request.ts";
import { restRoute, type RestCall, type RestRoute } from "./rest-route.ts";
import { changeReasons, setStatus } from "./set-status.ts";
import { statusNames } from "./status-names.ts";

/** Orders in snake_case, with the statuses PENDING, CONFIRMED, COMPLETED and CANCELLED: `/order/…`. */

const statuses = statusNames({
  CREATED: "PENDING",
  PAYMENT_PENDING: "PENDING",
  PAID: "CONFIRMED",
  DELIVERED: "COMPLETED",
});
const tag = "Orders under /order";
const nameField = nameFields({ unit_price: "price", statuses: "status" });

const shownOrder = schemas.response(
  "PrefixedOrder",
  z.strictObject({
    order_id: shown.uuid,
    user_id: shown.id,
    status: shownStatus(statuses.all),
    items: z.array(
      z.strictObject({
        product_id: shown.id.optional(),
        course_id: shown.id.optional(),
        session_id: shown.id.optional(),
        quantity: shown.whole,
        price: shown.amount,
      }),
    ),
    total_amount: shown.amount,
    currency: shown.currency,
    notes: shown.text,
    shipping_address: shownAddress(snakeCase).optional(),
    created_at: shown.time,
    updated_at: shown.time,
    completed_at: shown.time.optional(),
  }),
);

const createRequest = schemas.request(
  "CreatePrefixedOrder",
  z.object({
    user_id: idField.meta({ description: "The buyer. Left out: the caller." }).optional(),
    items: z
      .array(
        z.object({
          product_id: idField.optional(),
          course_id: idField.optional(),
          session_id: idField.optional(),
          quantity: wholeField({ minimum: 1, maximum: 999 }).optional(),
          price: amountField.optional(),
        }),
      )
      .optional(),
    currency: currencyField.optional(),
    notes: textField.optional(),
    shipping_address: addressField(snakeCase).optional(),
  }),
);

const statusRequest = schemas.request(
  "UpdatePrefixedOrder",
  z.object({
    status: statusField(statuses.settable).meta({
      description: "CANCELLED cancels the order.",
      example: "COMPLETED",
    }),
    reason: textField.optional(),
  }),
);

const listQuery = z.object({
  user_id: idFilterField.optional(),
  status: statusesField(statuses.all).optional(),
  product_id: idFilterField.optional(),
  course_id: idFilterField.optional(),
  session_id: idFilterField.optional(),
  created_after: momentField.optional(),
  created_before: momentField.optional(),
  page_size: pageSizeField.optional(),
  page_token: pageTokenField.optional(),
});

const shownList = schemas.response(
  "PrefixedOrderList",
  z.strictObject({ orders: z.array(shownOrder), next_page_token: z.string() }),
);

export const orderPrefixRoutes: readonly RestRoute[] = [
  restRoute({
    ...{ method: "GET", path: "/order/orders", id: "listPrefixedOrders", tag, nameField },
    summary: "List orders, newest first: a user its own, an admin or a service all",
    query: listQuery,
    responses: { 200: shownList },
    reasons: ["PERMISSION_DENIED"],
    handle: ({ query }, call) => list(call, query, query.user_id),
  }),
  restRoute({
    ...{ method: "POST", path: "/order/orders", id: "createPrefixedOrder", tag, nameField, key: "required" },
    summary: "Create an order",
    body: createRequest,
    responses: { 201: shownOrder, 200: shownOrder },
    reasons: createReasons,
    handle({ body: { user_id: userId, items = [], currency, notes, shipping_address: address } }, call) {
      const request = defined({
        ...{ userId, currency, notes, shippingAddress: address },
        items: linesOf(
          items.map((item) => ({
            productId: item.product_id,
            courseId: item.course_id,
            sessionId: item.session_id,
            quantity: item.quantity,
            unitPrice: item.price,
          })),
          currency ?? call.defaultCurrency,
        ),
      });
      return createOrder(call, request, orderToJson, (id) => `/order/orders/${id}`);
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/order/orders/{order_id}", id: "getPrefixedOrder", tag, nameField },
    summary: "Get an order",
    responses: { 200: shownOrder },
    reasons: ["ORDER_NOT_FOUND"],
    async handle({ params }, { orders, options }) {
      return { body: orderToJson((await orders.getOrder({ orderId: params.order_id }, options)).order!) };
    },
  }),
  restRoute({
    ...{
      method: "PUT",
      path: "/order/orders/{order_id}",
      id: "updatePrefixedOrder",
      tag,
      nameField,
      key: "optional",
    },
    summary: "Set the status of an order",
    body: statusRequest,
    responses: { 200: shownOrder },
    reasons: changeReasons,
    async handle({ params, body }, call) {
      return { body: orderToJson(await setStatus(call, { orderId: params.order_id, ...body })) };
    },
  }),
  restRoute({
    ...{ method: "DELETE", path: "/order/orders/{order_id}", id: "cancelPrefixedOrder", tag, nameField },
    key: "optional",
    summary: "Cancel an order",
    responses: { 200: shownOrder },
    reasons: changeReasons,
    async handle({ params }, { orders, options }) {
      return { body: orderToJson((await orders.cancelOrder({ orderId: params.order_id }, options)).order!) };
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/order/user/orders", id: "listOwnPrefixedOrders", tag, nameField },
    summary: "List the caller's own orders, newest first",
    query: listQuery.omit({ user_id: true }),
    responses: { 200: shownList },
    reasons: [],
    handle: ({ query }, call) => list(call, query, call.caller.id),
  }),
];

type Filters = Omit<z.output<typeof listQuery>, "user_id">;

async function list({ orders, options }: RestCall, filters: Filters, userId: string | undefined) {
  const request = defined({
    userId,
    statuses: filters.status,
    productId: filters.product_id,
    courseId: filters.course_id,
    sessionId: filters.session_id,
    createdAfter: filters.created_after,
    createdBefore: filters.created_before,
    pageSize: filters.page_size,
    pageToken: filters.page_token,
  });
  const page = await orders.listOrders(request, options);
  return { body: { orders: page.orders.map(orderToJson), next_page_token: page.nextPageToken } };
}

function orderToJson(order: Order) {
  return {
    order_id: order.id,
    user_id: order.userId,
    status: statuses.of(order.status),
    items: order.items.map(({ item, quantity, unitPrice }) => ({
      ...(item.case && { [snakeCase(item.case)]: item.value }),
      quantity,
      price: amountToJson(unitPrice),
    })),
    total_amount: amountToJson(order.total),
    currency: order.currency,
    notes: order.notes,
    shipping_address: addressToJson(order.shippingAddress, snakeCase),
    created_at: momentToJson(order.createdAt),
    updated_at: momentToJson(order.updatedAt),
    completed_at: momentToJson(order.completedAt),
  };
}
