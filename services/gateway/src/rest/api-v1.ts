import { z } from "zod";
import { addressField } from "./addresses.ts";
import { eventToJson, shownEvent } from "./api-v1-event.ts";
import { orderToJson, shownOrder, statuses } from "./api-v1-order.ts";
import { schemas } from "./components.ts";
import { defined } from "./defined.ts";
import {
  amountField,
  currencyField,
  idField,
  idFilterField,
  pageSizeField,
  pageTokenField,
  statusesField,
  statusField,
  textField,
  wholeField,
} from "./fields.ts";
import { nameFields, snakeCase } from "./names.ts";
import { createOrder, createReasons, linesOf } from "./order-request.ts";
import { restRoute, type RestRoute } from "./rest-route.ts";
import { changeReasons, setStatus } from "./set-status.ts";

/** Orders in snake_case, with skus, snapshots of prices, a history, and statuses from CREATED to CANCELED: `/api/v1`. */

const tag = "Orders under /api/v1";
const nameField = nameFields({ product_id: "sku_id", quantity: "qty", statuses: "status" });

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
    status: statusField(statuses.settable).meta({ example: "READY_TO_SHIP" }),
    reason: textField.optional(),
    carrier: textField.optional(),
    tracking_number: textField.optional(),
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
      userId: idFilterField.optional(),
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
