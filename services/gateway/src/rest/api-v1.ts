import { z } from "zod";
import type { Order, OrderEvent, OrderItem } from "@till/gen/till/order/v1/order_pb";
import { addressField, addressToJson, shownAddress } from "./addresses.ts";
import { amountToJson } from "./amounts.ts";
import { schemas } from "./components.ts";
import { defined } from "./defined.ts";
import {
  amountField,
  currencyField,
  idField,
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
import { restRoute, type RestRoute } from "./rest-route.ts";
import { changeReasons, setStatus } from "./set-status.ts";
import { statusNames } from "./status-names.ts";

/** Orders in snake_case, with skus, snapshots of prices, a history, and statuses from CREATED to CANCELED: `/api/v1`. */

const statuses = statusNames({ CANCELLED: "CANCELED" });
const tag = "Orders under /api/v1";
const nameField = nameFields({ product_id: "sku_id", quantity: "qty" });

const shownOrder = schemas.response(
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

const createRequest = schemas.request(
  "CreateOrderV1",
  z.object({
    user_id: idField.meta({ description: "The buyer. Left out: the caller." }).optional(),
    cart_id: idField.meta({ description: "Without items: the cart's are bought." }).optional(),
    items: z
      .array(
        z.object({
          sku_id: idField.optional(),
          course_id: idField.optional(),
          session_id: idField.optional(),
          qty: wholeField({ minimum: 1, maximum: 999 }).optional(),
          unit_price: amountField.optional(),
        }),
      )
      .optional(),
    currency: currencyField.optional(),
    shipping_address: addressField(snakeCase).optional(),
    payment_method: z
      .unknown()
      .meta({ description: "Has no effect: an order is paid by a call of its own." })
      .optional(),
    idempotency_key: textField.meta({ description: "Goes before the header Idempotency-Key." }).optional(),
  }),
);

const reasonRequest = schemas.request("CancelOrderV1", z.object({ reason: textField.optional() }).optional());

const transitionRequest = schemas.request(
  "TransitionOrderV1",
  z.object({
    status: statusField(statuses.all).meta({ example: "READY_TO_SHIP" }),
    reason: textField.optional(),
    carrier: textField.optional(),
    tracking_number: textField.optional(),
  }),
);

const shownEvent = schemas.response(
  "OrderEventV1",
  z.strictObject({
    order_event_id: shown.uuid,
    event_type: shown.text.meta({ example: "ORDER_CREATED" }),
    payload: z.record(z.string(), z.unknown()),
    created_at: shown.time,
    actor: shown.text,
    reason: shown.text.optional(),
  }),
);

export const apiV1Routes: readonly RestRoute[] = [
  restRoute({
    ...{ method: "POST", path: "/api/v1/orders", id: "createOrderV1", tag, nameField, key: "required" },
    summary: "Create an order",
    body: createRequest,
    responses: { 201: shownOrder, 200: shownOrder },
    reasons: createReasons,
    handle({ body: { items = [], currency, ...body } }, call) {
      const request = defined({
        currency,
        userId: body.user_id,
        cartId: body.cart_id,
        shippingAddress: body.shipping_address,
        idempotencyKey: body.idempotency_key,
        items: linesOf(
          items.map((item) => ({
            productId: item.sku_id,
            courseId: item.course_id,
            sessionId: item.session_id,
            quantity: item.qty,
            unitPrice: item.unit_price,
          })),
          currency ?? call.defaultCurrency,
        ),
      });
      return createOrder(call, request, orderToJson, (id) => `/api/v1/orders/${id}`);
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/api/v1/orders", id: "listOrdersV1", tag, nameField },
    summary: "List orders, newest first",
    query: z.object({
      userId: textField.optional(),
      status: statusesField(statuses.all).optional(),
      page_size: pageSizeField.optional(),
      page_token: pageTokenField.optional(),
    }),
    responses: {
      200: schemas.response(
        "OrderListV1",
        z.strictObject({ orders: z.array(shownOrder), next_page_token: z.string() }),
      ),
    },
    reasons: ["PERMISSION_DENIED"],
    async handle({ query }, { orders, options }) {
      const { userId = "", status = [], page_size: pageSize = 0, page_token: pageToken = "" } = query;
      const page = await orders.listOrders({ userId, statuses: status, pageSize, pageToken }, options);
      return { body: { orders: page.orders.map(orderToJson), next_page_token: page.nextPageToken } };
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/api/v1/orders/{orderId}", id: "getOrderV1", tag, nameField },
    summary: "Get an order",
    responses: { 200: shownOrder },
    reasons: ["ORDER_NOT_FOUND"],
    async handle({ params }, { orders, options }) {
      return { body: orderToJson((await orders.getOrder(params, options)).order!) };
    },
  }),
  restRoute({
    ...{ method: "POST", path: "/api/v1/orders/{orderId}/cancel", id: "cancelOrderV1", tag, nameField },
    key: "optional",
    summary: "Cancel an order",
    body: reasonRequest,
    responses: { 200: shownOrder },
    reasons: changeReasons,
    async handle({ params, body }, { orders, options }) {
      const request = { ...params, reason: body?.reason ?? "" };
      return { body: orderToJson((await orders.cancelOrder(request, options)).order!) };
    },
  }),
  restRoute({
    ...{
      method: "POST",
      path: "/api/v1/orders/{orderId}/transition",
      id: "transitionOrderV1",
      tag,
      nameField,
    },
    key: "optional",
    summary: "Set the status of an order: services and admins",
    body: transitionRequest,
    responses: { 200: shownOrder },
    reasons: ["PERMISSION_DENIED", ...changeReasons],
    async handle({ params, body: { tracking_number: trackingNumber, ...body } }, call) {
      return { body: orderToJson(await setStatus(call, { ...params, ...body, trackingNumber })) };
    },
  }),
  restRoute({
    ...{ method: "GET", path: "/api/v1/orders/{orderId}/events", id: "listOrderEventsV1", tag, nameField },
    summary: "List the history of an order, oldest first, up to 1,000 entries",
    query: z.object({ page_token: pageTokenField.optional() }),
    responses: { 200: schemas.response("OrderEventListV1", z.array(shownEvent)) },
    reasons: ["ORDER_NOT_FOUND"],
    async handle({ params, query: { page_token: pageToken = "" } }, { orders, options }) {
      const { events, nextPageToken } = await orders.listOrderEvents({ ...params, pageToken }, options);
      const next = `/api/v1/orders/${params.orderId}/events?page_token=${encodeURIComponent(nextPageToken)}`;
      return {
        body: events.map(eventToJson),
        ...(nextPageToken !== "" && { headers: { link: `<${next}>; rel="next"` } }),
      };
    },
  }),
];

function orderToJson(order: Order) {
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

function eventToJson({ id, type, payload, createdAt, actor, reason }: OrderEvent) {
  return {
    order_event_id: id,
    event_type: type,
    payload: payload ?? {},
    created_at: momentToJson(createdAt),
    actor,
    reason: reason || undefined,
  };
}
