import { create as message, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { CommandOptions, FulfilmentStep, OrderFilter, Till } from "@till/client";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { TillResult } from "./outcome.ts";
import { newKey } from "./rest.ts";

/** One call in the words of gRPC, in those of `@till/client` and in those of each REST dialect. */

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

/** A method with its request. */
export type Call = { readonly method: DescMethodUnary; readonly request: Message };

/** One call of the table; a row of REST is `METHOD path`, with a body or without. */
export type Row = {
  readonly what: string;
  readonly as: Caller;
  readonly key?: string;
  readonly rpc: (known: Known) => Call;
  /** The options have the row's key. */
  readonly till: (till: Till, known: Known, options: CommandOptions) => Promise<TillResult>;
  readonly rest: (known: Known) => readonly (readonly [string, unknown?])[];
};

/** Names a method with its request. */
export function call<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
): Call {
  return { method, request: message(method.input, request) };
}

const rpc = OrderService.method;
export const unknownId = "018f0000-0000-7000-8000-00000000dead";
export const notebook = "018f0000-0000-7000-8000-0000000000b1";
export const eur = (units: number) => ({ currencyCode: "EUR", units: BigInt(units), nanos: 0 });
export const euros = (units: number) => ({ currency: "EUR", amount: `${units}.00` });
export const berlin = { regionCode: "DE", locality: "Berlin", addressLines: ["Kastanienallee 1"] };
const berlinSnake = { region_code: "DE", locality: "Berlin", address_lines: ["Kastanienallee 1"] };

export function get(what: string, as: Caller, id: (known: Known) => string): Row {
  return {
    what: `GetOrder ${what}`,
    as,
    rpc: (known) => call(rpc.getOrder, { orderId: id(known) }),
    till: ({ orders }, known) => orders.get(id(known)),
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
    rpc: () =>
      call(rpc.createOrder, {
        items: items.map(({ id, quantity, price }) => ({
          item: { case: isProduct(id) ? ("productId" as const) : ("courseId" as const), value: id },
          ...(quantity !== undefined && { quantity }),
          ...(price !== undefined && { unitPrice: eur(price) }),
        })),
        ...(more["address"] && { shippingAddress: berlin }),
        ...(more["user"] && { userId: more["user"] }),
      }),
    till: ({ orders }, _, options) =>
      orders.create(
        {
          items: items.map(({ id, quantity, price }) => ({
            ...(isProduct(id) ? { productId: id } : { courseId: id }),
            quantity,
            unitPrice: price === undefined ? undefined : euros(price),
          })),
          ...(more["address"] && { shippingAddress: berlin }),
          userId: more["user"],
        },
        options,
      ),
    rest: () => {
      const lines = (price: string, name: (kind: string) => string, quantity = "quantity") =>
        items.map((line) => ({
          [name(isProduct(line.id) ? "product" : "course")]: line.id,
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

const isProduct = (id: string) => id === notebook || id === "none";

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
    rpc: (known) => call(rpc.updateOrderStatus, { orderId: id(known), status: OrderStatus[status] }),
    // Of a program without types, which may name any status.
    till: ({ orders }, known, options) =>
      orders.updateStatus(id(known), { status: status as FulfilmentStep["status"] }, options),
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
    rpc: (known) => call(rpc.cancelOrder, { orderId: id(known) }),
    till: ({ orders }, known, options) => orders.cancel(id(known), options),
    rest: (known) => [
      [`PATCH /orders/${id(known)}`, { status: "cancelled" }],
      [`DELETE /order/orders/${id(known)}`],
      [`POST /api/v1/orders/${id(known)}/cancel`],
    ],
  };
}

export function list(what: string, as: Caller, filter: (known: Known) => ListFilter): Row {
  const query = (known: Known, names: Readonly<Record<string, string>> = {}) => {
    const { statuses, ...others } = filter(known);
    const given = Object.entries({ ...(statuses && { status: statuses[0] }), ...others });
    return given.map(([name, value]) => `${names[name] ?? name}=${value}`).join("&");
  };
  return {
    what: `ListOrders ${what}`,
    as,
    rpc: (known) => call(rpc.listOrders, filter(known)),
    async till({ orders }, known) {
      const { statuses, ...others } = filter(known);
      const pages = orders.list({ ...others, statuses: statuses?.flatMap((name) => statusesOf(name)) });
      for await (const { items } of pages.byPage()) return items;
      throw new Error("a list has at least one page");
    },
    rest: (known) => [
      [`GET /orders?${query(known)}`],
      [`GET /order/orders?${query(known, { userId: "user_id", pageSize: "page_size" })}`],
      [`GET /api/v1/orders?${query(known, { pageSize: "page_size" })}`],
    ],
  };
}

type ListFilter = {
  readonly userId?: string;
  readonly statuses?: [string];
  readonly pageSize?: number;
};

/** The client's types have no aliases: it names each status that an alias stands for. */
function statusesOf(name: string): NonNullable<OrderFilter["statuses"]> {
  return name === "pending" ? ["CREATED", "PAYMENT_PENDING"] : [name as OrderStatusName];
}

type OrderStatusName = NonNullable<OrderFilter["statuses"]>[number];
