import { createClient, ConnectError, type Client, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf } from "../../../test/support/failure-of.ts";
import { httpStatusOf } from "../src/http/problem-status.ts";
import { selfSignedCertificate } from "./support/certificate.ts";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer, anyCourse, newKey, restClient } from "./support/rest.ts";

type Clients = {
  readonly orders: Client<typeof OrderService>;
  readonly payments: Client<typeof PaymentService>;
};
type Caller = "buyer" | "other" | "admin" | "shop" | "anonymous";

/** What a call may refer to: each made once, before the table runs. */
type Known = {
  readonly buyer: string;
  readonly open: string;
  readonly paid: string;
  readonly goods: string;
  readonly cancellable: string;
  readonly payment: string;
  readonly unpaid: string;
};

/** One call in gRPC's words and in those of REST paths; a row of REST is `METHOD path`, with a body or without. */
type Row = {
  readonly what: string;
  readonly as: Caller;
  readonly key?: string;
  readonly rpc: (clients: Clients, known: Known) => Promise<object>;
  readonly rest: (known: Known) => readonly (readonly [string, unknown?])[];
};

const unknownId = "018f0000-0000-7000-8000-00000000dead";
const [course, notebook] = [anyCourse(), "018f0000-0000-7000-8000-0000000000b1"];
const eur = (units: number) => ({ currencyCode: "EUR", units: BigInt(units), nanos: 0 });
const token = (value: string) => ({ case: "paymentToken", value }) as const;
const berlin = { regionCode: "DE", locality: "Berlin", addressLines: ["Kastanienallee 1"] };
const berlinSnake = { region_code: "DE", locality: "Berlin", address_lines: ["Kastanienallee 1"] };

function get(what: string, as: Caller, id: (known: Known) => string): Row {
  return {
    what: `GetOrder ${what}`,
    as,
    rpc: ({ orders }, known) => orders.getOrder({ orderId: id(known) }),
    rest: (known) =>
      ["/orders", "/order/orders", "/api/v1/orders"].map((path) => [`GET ${path}/${id(known)}`] as const),
  };
}

function create(
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

function setStatus(
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

function cancel(what: string, as: Caller, id: (known: Known) => string): Row {
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

function list(
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

function pay(
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

function refund(what: string, as: Caller, id: (known: Known) => string, amount: number): Row {
  return {
    what: `RefundPayment ${what}`,
    as,
    key: newKey(),
    rpc: ({ payments }, known) => payments.refundPayment({ paymentId: id(known), amount: eur(amount) }),
    rest: (known) => [[`POST /payments/${id(known)}/refund`, { amount, currency: "EUR" }]],
  };
}

function getPayment(what: string, as: Caller, id: (known: Known) => string): Row {
  return {
    what: `GetPayment ${what}`,
    as,
    rpc: ({ payments }, known) => payments.getPayment({ paymentId: id(known) }),
    rest: (known) => [[`GET /payments/${id(known)}`]],
  };
}

const rows: readonly Row[] = [
  get("of one's own", "buyer", ({ open }) => open),
  get("of another user", "other", ({ open }) => open),
  get("by an admin", "admin", ({ open }) => open),
  get("by a service", "shop", ({ paid }) => paid),
  get("that is unknown", "buyer", () => unknownId),
  get("by no id", "buyer", () => "1"),
  get("without a token", "anonymous", ({ open }) => open),
  create("of a course", "buyer", [{ id: course }]),
  create("of a course at its price", "buyer", [{ id: anyCourse(), price: 10 }]),
  create("of goods to an address", "buyer", [{ id: notebook, quantity: 2 }], { address: "yes" }),
  create("at another price", "buyer", [{ id: anyCourse(), price: 9 }]),
  create("of goods without an address", "buyer", [{ id: notebook }]),
  create(
    "of more goods than there are",
    "buyer",
    [
      { id: notebook, quantity: 999 },
      { id: notebook, quantity: 999 },
    ],
    {
      address: "yes",
    },
  ),
  create("of an unknown course", "buyer", [{ id: "no-such-course" }]),
  create("of an unknown product", "buyer", [{ id: "none" }], { address: "yes" }),
  create("of no quantity", "buyer", [{ id: notebook, quantity: 0 }], { address: "yes" }),
  create("of nothing", "buyer", []),
  create("without a key", "buyer", [{ id: course }], { key: "none" }),
  create("without a token", "anonymous", [{ id: course }]),
  create("by an admin", "admin", [{ id: course }]),
  create("for another user", "buyer", [{ id: course }], { user: "018f0000-0000-7000-8000-0000000000a2" }),
  create("for an inactive user", "shop", [{ id: course }], { user: "018f0000-0000-7000-8000-0000000000a9" }),
  create("for an unknown user", "shop", [{ id: course }], { user: "no-such-user" }),
  list(
    "of one's own",
    "buyer",
    () => ({ statuses: ["pending"] }),
    () => "status=pending",
  ),
  list(
    "by user and page",
    "admin",
    ({ buyer }) => ({ userId: buyer, pageSize: 2 }),
    ({ buyer }) => `userId=${buyer}&pageSize=2`,
  ),
  list(
    "of another user",
    "other",
    ({ buyer }) => ({ userId: buyer }),
    ({ buyer }) => `userId=${buyer}`,
  ),
  list(
    "of an unknown status",
    "buyer",
    () => ({ statuses: ["lost"] }),
    () => "status=lost",
  ),
  list(
    "of too large a page",
    "buyer",
    () => ({ pageSize: 201 }),
    () => "pageSize=201",
  ),
  list(
    "without a token",
    "anonymous",
    () => ({}),
    () => "",
  ),
  setStatus("by a buyer", "buyer", "SHIPPED", ({ goods }) => goods),
  setStatus("that is too early", "shop", "DELIVERED", ({ goods }) => goods),
  setStatus("to READY_TO_SHIP", "shop", "READY_TO_SHIP", ({ goods }) => goods),
  setStatus("to SHIPPED", "admin", "SHIPPED", ({ goods }) => goods),
  setStatus("of an unknown order", "shop", "SHIPPED", () => unknownId),
  setStatus("to what payments alone set", "shop", "PAID", ({ open }) => open),
  cancel("of goods that are shipped", "buyer", ({ goods }) => goods),
  cancel("of one's own", "buyer", ({ cancellable }) => cancellable),
  cancel("of another user", "other", ({ open }) => open),
  cancel("by a service", "shop", ({ open }) => open),
  pay("of another amount", "buyer", ({ unpaid }) => unpaid, 11, "tok_approve"),
  pay("that is declined", "buyer", ({ unpaid }) => unpaid, 10, "tok_decline"),
  pay("without a key", "buyer", ({ unpaid }) => unpaid, 10, "tok_approve", false),
  pay("by another user", "other", ({ unpaid }) => unpaid, 10, "tok_approve"),
  pay("of an order that is paid", "buyer", ({ paid }) => paid, 10, "tok_approve"),
  pay("of an unknown order", "buyer", () => unknownId, 10, "tok_approve"),
  pay("of an order", "buyer", ({ unpaid }) => unpaid, 10, "tok_approve"),
  getPayment("of one's own", "buyer", ({ payment }) => payment),
  getPayment("of another user", "other", ({ payment }) => payment),
  getPayment("that is unknown", "buyer", () => unknownId),
  refund("by a buyer", "buyer", ({ payment }) => payment, 1),
  refund("of too much", "admin", ({ payment }) => payment, 999),
  refund("of a part", "admin", ({ payment }) => payment, 1),
  refund("of an unknown payment", "admin", () => unknownId, 1),
];

describe("gRPC, Connect, gRPC-Web and REST", () => {
  let system: GatewaySystem;
  let known: Known;
  let transports: Readonly<Record<string, Transport>>;
  const opened = new AsyncDisposableStack();
  const callers: Record<Caller, readonly [string, Role]> = {
    buyer: [anyBuyer(), "user"],
    other: [anyBuyer(), "user"],
    admin: ["ops", "admin"],
    shop: ["shop", "service"],
    anonymous: ["anonymous", "user"],
  };

  before(async function () {
    this.timeout(90_000);
    system = await startGatewaySystem();
    opened.defer(() => system.stop());
    const { cert, key, remove } = await selfSignedCertificate();
    opened.defer(remove);
    const secure = await startTestGateway({
      TILL_ORDER_ADDRESS: system.orderAddress,
      TILL_PAYMENT_ADDRESS: system.paymentAddress,
      TILL_JWKS_URL: system.jwksUrl,
      TILL_GATEWAY_TLS_CERT: cert,
      TILL_GATEWAY_TLS_KEY: key,
    });
    opened.defer(() => secure.stop());
    const nodeOptions = { rejectUnauthorized: false };
    transports = {
      "gRPC of the gateway": createGrpcTransport({ baseUrl: secure.url, nodeOptions }),
      Connect: createConnectTransport({ baseUrl: system.url }),
      "gRPC-Web": createGrpcWebTransport({ baseUrl: system.url }),
    };
    known = await prepare();
  });
  after(async function () {
    this.timeout(30_000);
    await opened.disposeAsync();
  });

  async function prepare(): Promise<Known> {
    const send = restClient(system, callers.buyer[0]);
    const order = async (items: object[]) =>
      (await send("POST", "/orders", { items, shippingAddress: berlin }, { key: newKey() })).body;
    const paidOrder = async (items: object[]) => {
      const { id, totalAmount } = await order(items);
      const body = { orderId: id, amount: totalAmount, cardToken: "tok_approve" };
      const payment = await send("POST", "/payments", body, { key: newKey() });
      await eventually(async () =>
        expect((await send("GET", `/orders/${id}`)).body.status).to.equal("confirmed"),
      );
      return { id, payment: payment.body.id };
    };
    const anyItem = () => [{ courseId: anyCourse() }];
    const paid = await paidOrder(anyItem());
    return {
      buyer: callers.buyer[0],
      open: (await order(anyItem())).id,
      unpaid: (await order(anyItem())).id,
      cancellable: (await order(anyItem())).id,
      goods: (await paidOrder([{ productId: notebook }])).id,
      ...{ paid: paid.id, payment: paid.payment },
    };
  }

  /** The ids of what a call returns, or the reason and status it fails with. */
  async function overRpc({ as, key, rpc }: Row, transport: Transport): Promise<string> {
    const headers = { ...(await headersOf(as)), ...(key !== undefined && { "idempotency-key": key }) };
    const withHeaders: Transport = {
      unary: (method, signal, timeoutMs, _, input, values) =>
        transport.unary(method, signal, timeoutMs, headers, input, values),
      stream: transport.stream.bind(transport),
    };
    const clients = {
      orders: createClient(OrderService, withHeaders),
      payments: createClient(PaymentService, withHeaders),
    };
    try {
      return `returns ${idsIn(await rpc(clients, known))}`;
    } catch (error) {
      const failure = ConnectError.from(error);
      const { reason } = factsOf(failure);
      return `fails with ${reason}, ${httpStatusOf(reason, failure.code)}`;
    }
  }

  async function overRest({ as, key }: Row, [path, body]: readonly [string, unknown?]): Promise<string> {
    const [method, url] = path.split(" ") as [string, string];
    const [user, role] = callers[as];
    const send = restClient(system, user, role);
    const sent = {
      ...(key !== undefined && { key }),
      ...(as === "anonymous" && { headers: { authorization: "" } }),
    };
    const { status, body: result } = await send(method, url, body, sent);
    if (status < 400) return `returns ${idsIn(result)}`;
    return `fails with ${result.reason}, ${status}`;
  }

  async function headersOf(as: Caller): Promise<Record<string, string>> {
    return as === "anonymous" ? {} : system.bearer(...callers[as]);
  }

  it("are compared by fifty calls", () => expect(rows).to.have.length.greaterThanOrEqual(50));

  for (const row of rows)
    it(`agree on ${row.what}`, async () => {
      const upstream = /Payment /.test(row.what) ? system.paymentAddress : system.orderAddress;
      const direct = grpcTransport({ address: upstream, retries: false, timeoutMs: 30_000 });
      const outcomes: Record<string, string> = { gRPC: await overRpc(row, direct) };
      direct.close();
      for (const [protocol, transport] of Object.entries(transports))
        outcomes[protocol] = await overRpc(row, transport);
      for (const rest of row.rest(known)) outcomes[rest[0]] = await overRest(row, rest);
      const all = JSON.stringify(outcomes, undefined, 2);
      expect(new Set(Object.values(outcomes)).size, all).to.equal(1);
      expect(all).to.not.include("undefined");
    });
});

type Identified = { readonly id?: string; readonly order_id?: string };

/** The ids of the orders or payments in a response of any protocol. */
function idsIn(response: object): string {
  const { order, payment, orders } = response as {
    readonly order?: Identified;
    readonly payment?: Identified;
    readonly orders?: readonly Identified[];
  };
  const found: readonly Identified[] = orders ?? [order ?? payment ?? response];
  return found.map(({ id, order_id }) => id ?? order_id).join(" ");
}
