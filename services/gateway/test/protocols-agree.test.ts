import { createClient, ConnectError, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf } from "../../../test/support/failure-of.ts";
import { httpStatusOf } from "../src/http/problem-status.ts";
import { berlin, notebook, type Caller, type Known, type Row } from "./support/call-forms.ts";
import { selfSignedCertificate } from "./support/certificate.ts";
import { comparedCalls } from "./support/compared-calls.ts";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer, anyCourse, newKey, restClient } from "./support/rest.ts";

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

  it("are compared by fifty calls", () => expect(comparedCalls).to.have.length.greaterThanOrEqual(50));

  for (const row of comparedCalls)
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
