import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { createTill } from "@till/client";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import type { Role } from "@till/rpc/server";
import { expect } from "chai";
import { hasGrpcurl } from "../../../test/support/cookbook.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { callByGrpcurl } from "./support/call-by-grpcurl.ts";
import { berlin, notebook, type Call, type Caller, type Known, type Row } from "./support/call-forms.ts";
import { selfSignedCertificate } from "./support/certificate.ts";
import { comparedCalls } from "./support/compared-calls.ts";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";
import { rpcOutcome, tillOutcome, type Outcome } from "./support/outcome.ts";
import { inRest, restOutcome } from "./support/rest-outcome.ts";
import { anyBuyer, anyCourse, newKey, restClient } from "./support/rest.ts";

describe("gRPC, grpcurl, @till/client, Connect, gRPC-Web and REST", () => {
  let system: GatewaySystem;
  let known: Known;
  let columns: Readonly<Record<string, (row: Row) => Promise<Outcome>>>;
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
    const isGrpcurlThere = await hasGrpcurl();
    if (!isGrpcurlThere) console.error("    grpcurl is not installed: its calls are left out");
    const over = (transport: Transport) => (row: Row) => overRpc(row, transport);
    columns = {
      "gRPC of the gateway": over(createGrpcTransport({ baseUrl: secure.url, nodeOptions })),
      Connect: over(createConnectTransport({ baseUrl: system.url })),
      "gRPC-Web": over(createGrpcWebTransport({ baseUrl: system.url })),
      "@till/client": overTill,
      ...(isGrpcurlThere && { grpcurl: overGrpcurl }),
    };
    known = await prepare();
  });
  after(async function () {
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

  async function headersOf({ as, key }: Row): Promise<Record<string, string>> {
    return {
      ...(as !== "anonymous" && (await system.bearer(...callers[as]))),
      ...(key !== undefined && { "idempotency-key": key }),
    };
  }

  const addressOf = ({ method }: Call) =>
    method.parent.typeName === PaymentService.typeName ? system.paymentAddress : system.orderAddress;

  async function overGrpc(row: Row): Promise<Outcome> {
    const direct = grpcTransport({ address: addressOf(row.rpc(known)), retries: false, timeoutMs: 30_000 });
    try {
      return await overRpc(row, direct);
    } finally {
      direct.close();
    }
  }

  async function overRpc(row: Row, transport: Transport): Promise<Outcome> {
    const { method, request } = row.rpc(known);
    const headers = await headersOf(row);
    const response = transport.unary(method, undefined, undefined, headers, request);
    return rpcOutcome(response.then(({ message }) => message));
  }

  async function overGrpcurl(row: Row): Promise<Outcome> {
    const call = row.rpc(known);
    return rpcOutcome(callByGrpcurl(addressOf(call), call, await headersOf(row)));
  }

  async function overTill(row: Row): Promise<Outcome> {
    const { orderAddress, paymentAddress } = system;
    const token = async () => (await headersOf(row))["authorization"]?.replace("Bearer ", "") ?? "";
    const till = createTill({ orderAddress, paymentAddress, token });
    try {
      // The client makes a key where it is given none: with an empty one it sends none.
      return await tillOutcome(row.till(till, known, { idempotencyKey: row.key ?? "" }));
    } finally {
      till.close();
    }
  }

  async function overRest({ as, key }: Row, [path, body]: readonly [string, unknown?]) {
    const [method, url] = path.split(" ") as [string, string];
    const [user, role] = callers[as];
    const send = restClient(system, user, role);
    const sent = {
      ...(key !== undefined && { key }),
      ...(as === "anonymous" && { headers: { authorization: "" } }),
    };
    const response = await send(method, url, body, sent);
    return restOutcome(response.status, response.body);
  }

  it("are compared by fifty calls", () => expect(comparedCalls).to.have.length.greaterThanOrEqual(50));

  for (const row of comparedCalls)
    it(`agree on ${row.what}`, async () => {
      const outcome = await overGrpc(row);
      for (const [column, call] of Object.entries(columns))
        expect(await call(row), column).to.deep.equal(outcome);
      for (const rest of row.rest(known))
        expect(await overRest(row, rest), rest[0]).to.deep.equal(inRest(outcome, rest[0]));
    });
});
