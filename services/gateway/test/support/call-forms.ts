import type { Client } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newKey } from "./rest.ts";

/** One call in the words of gRPC and in those of each REST dialect. */

type Clients = {
  readonly orders: Client<typeof OrderService>;
  readonly payments: Client<typeof PaymentService>;
};
export type Caller = "buyer" | "other" | "admin" | "shop" | "anonymous";

/** What a call may refer to: each made once, before the table runs. */
export type Known = {
  readonly buyer: string;
  readonly open: string;
  readonly paid: string;
  readonly goods: string;
  readonly cancellable: string;
  readonly payment: string;
  readonly unpaid: string;
};

/** One call in gRPC's words and in those of REST paths; a row of REST is `METHOD path`, with a body or without. */
export type Row = {
  readonly what: string;
  readonly as: Caller;
  readonly key?: string;
  readonly rpc: (clients: Clients, known: Known) => Promise<object>;
  readonly rest: (known: Known) => readonly (readonly [string, unknown?])[];
};

export const unknownId = "018f0000-0000-7000-8000-00000000dead";
export const notebook = "018f0000-0000-7000-8000-0000000000b1";
const eur = (units: number) => ({ currencyCode: "EUR", units: BigInt(units), nanos: 0 });
const token = (value: string) => ({ case: "paymentToken", value }) as const;
export const berlin = { regionCode: "DE", locality: "Berlin", addressLines: ["Kastanienallee 1"] };
const berlinSnake = { region_code: "DE", locality: "Berlin", address_lines: ["Kastanienallee 1"] };

export function get(what: string, as: Caller, id: (known: Known) => string): Row {
  return {
    what: `GetOrder ${what}`,
    as,
    rpc: ({ orders }, known) => orders.getOrder({ orderId: id(known) }),
    rest: (known) =>
      ["/orders", "/order/orders", "/api/v1/orders"].map((path) => [`GET ${path}/${id(known)}`] as const),
  };
}

export function create(
  what: string,
  as: Caller,
  items: readonly Line[],
  more: Partial<Record<string, string>> = {},
): Row {
  return {
    what: `CreateOrder ${what}`,
    as,
    ...(more["key"] !== "none" && { key: newKey() }),
    rpc: ({ orders }) =>
      orders.createOrder({
        items: items.map(({ id, quantity, price }) => ({
          item: { case: id === notebook || id === "none" ? "productId" : "courseId", value: id },
          ...(quantity !== undefined && { quantity }),
          ...(price !== undefined && { unitPrice: eur(price) }),
        })),
        ...(more["address"] && { shippingAddress: berlin }),
        ...(more["user"] && { userId: more["user"] }),
      }),
    rest: () => {
      const lines = (price: string, name: (kind: string) => string, quantity = "quantity") =>
        items.map((line) => ({
          [name(line.id === notebook || line.id === "none" ? "product" : "course")]: line.id,
          ...(line.quantity !== undefined && { [quantity]: line.quantity }),
          ...(line.price !== undefined && { [price]: line.price }),
        }));
      const snake = {
        ...(more["address"] && { shipping_address: berlinSnake }),
        ...(more["user"] && { user_id: more["user"] }),
      };
      return [
        [
          "POST /orders",
          {
            items: lines("price", (kind) => `${kind}Id`),
            ...(more["address"] && { shippingAddress: berlin }),
            ...(more["user"] && { userId: more["user"] }),
          },
        ],
        ["POST /order/orders", { items: lines("price", (kind) => `${kind}_id`), ...snake }],
        [
          "POST /api/v1/orders",
          {
            items: lines("unit_price", (kind) => (kind === "product" ? "sku_id" : "course_id"), "qty"),
            ...snake,
          },
        ],
      ];
    },
  };
}

type Line = { readonly id: string; readonly quantity?: number; readonly price?: number };

export function setStatus(
  what: string,
  as: Caller,
  status: keyof typeof OrderStatus,
  id: (known: Known) => string,
): Row {
  return {
    what: `UpdateOrderStatus ${what}`,
    as,
    rpc: ({ orders }, known) => orders.updateOrderStatus({ orderId: id(known), status: OrderStatus[status] }),
    rest: (known) => [
      [`PATCH /orders/${id(known)}`, { status: status.toLowerCase() }],
      [`PUT /order/orders/${id(known)}`, { status }],
      [`POST /api/v1/orders/${id(known)}/transition`, { status }],
    ],
  };
}

export function cancel(what: string, as: Caller, id: (known: Known) => string): Row {
  return {
    what: `CancelOrder ${what}`,
    as,
    rpc: ({ orders }, known) => orders.cancelOrder({ orderId: id(known) }),
    rest: (known) => [
      [`PATCH /orders/${id(known)}`, { status: "cancelled" }],
      [`DELETE /order/orders/${id(known)}`],
      [`POST /api/v1/orders/${id(known)}/cancel`],
    ],
  };
}

export function list(
  what: string,
  as: Caller,
  request: (known: Known) => object,
  query: (known: Known) => string,
): Row {
  return {
    what: `ListOrders ${what}`,
    as,
    rpc: ({ orders }, known) => orders.listOrders(request(known)),
    rest: (known) => [
      [`GET /orders?${query(known)}`],
      [`GET /order/orders?${query(known).replace("userId", "user_id").replace("pageSize", "page_size")}`],
      [`GET /api/v1/orders?${query(known).replace("pageSize", "page_size")}`],
    ],
  };
}

export function pay(
  what: string,
  as: Caller,
  id: (known: Known) => string,
  amount: number,
  card: string,
  keyed = true,
): Row {
  return {
    what: `ProcessPayment ${what}`,
    as,
    ...(keyed && { key: newKey() }),
    rpc: ({ payments }, known) =>
      payments.processPayment({ orderId: id(known), amount: eur(amount), method: token(card) }),
    rest: (known) => [
      [
        "POST /payments",
        { orderId: id(known), amount, currency: "EUR", paymentMethod: "card", cardToken: card },
      ],
    ],
  };
}

export function refund(what: string, as: Caller, id: (known: Known) => string, amount: number): Row {
  return {
    what: `RefundPayment ${what}`,
    as,
    key: newKey(),
    rpc: ({ payments }, known) => payments.refundPayment({ paymentId: id(known), amount: eur(amount) }),
    rest: (known) => [[`POST /payments/${id(known)}/refund`, { amount, currency: "EUR" }]],
  };
}

export function getPayment(what: string, as: Caller, id: (known: Known) => string): Row {
  return {
    what: `GetPayment ${what}`,
    as,
    rpc: ({ payments }, known) => payments.getPayment({ paymentId: id(known) }),
    rest: (known) => [[`GET /payments/${id(known)}`]],
  };
}
