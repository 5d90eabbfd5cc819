import { createClient, type CallOptions, type Client, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OpsService } from "@till/gen/till/ops/v1/ops_service_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { failureOf, rejectionOf } from "../../../test/support/failure-of.ts";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";

const buyer = "018f0000-0000-7000-9000-0000000000a1";
const newKey = () => ({ "idempotency-key": randomUUID() });
const anyCourse = () => ({
  items: [
    { item: { case: "courseId" as const, value: `018f0000-0000-7000-a000-${randomUUID().slice(24)}` } },
  ],
});

describe("RPCs through the gateway", () => {
  let system: GatewaySystem;
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
  });
  after(() => system?.stop());

  const transports: Record<string, (baseUrl: string) => Transport> = {
    Connect: (baseUrl) => createConnectTransport({ baseUrl }),
    "Connect in binary": (baseUrl) => createConnectTransport({ baseUrl, useBinaryFormat: true }),
    "gRPC-Web": (baseUrl) => createGrpcWebTransport({ baseUrl }),
  };
  for (const [protocol, transport] of Object.entries(transports))
    describe(`over ${protocol}`, () => {
      let orders: Client<typeof OrderService>;
      let headers: { authorization: string };
      before(async () => {
        orders = createClient(OrderService, transport(system.url));
        headers = await system.bearer(`018f0000-0000-7000-9000-${randomUUID().slice(24)}`);
      });

      it("return what the service returns, and say in a trailer that it is a replay", async () => {
        const trailers: (string | null)[] = [];
        const options: CallOptions = {
          headers: { ...headers, ...newKey() },
          onTrailer: (trailer) => trailers.push(trailer.get("idempotent-replay")),
        };
        const request = anyCourse();
        const created = await orders.createOrder(request, options);
        const replayed = await orders.createOrder(request, options);
        expect(replayed.order).to.deep.equal(created.order);
        expect(trailers).to.deep.equal([null, "true"]);
      });

      it("fail with the service's code, reason, metadata and violations", async () => {
        const call = orders.getOrder({ orderId: randomUUID() }, { headers });
        expect((await rejectionOf(call)).reason).to.equal("ORDER_NOT_FOUND");
        const invalid = orders.getOrder({ orderId: "1" }, { headers });
        expect((await failureOf(invalid)).rawMessage).to.equal("order_id: must be a valid UUID");
      });

      it("stream, from the snapshot to the change, until the client goes", async () => {
        const { order } = await orders.createOrder(anyCourse(), { headers: { ...headers, ...newKey() } });
        const leave = new AbortController();
        const statuses: OrderStatus[] = [];
        for await (const { update } of orders.watchOrder(
          { orderId: order!.id },
          { headers, signal: leave.signal },
        )) {
          if (update.case === "snapshot") {
            statuses.push(update.value.status);
            await orders.cancelOrder({ orderId: order!.id }, { headers });
          } else if (update.value) statuses.push(update.value.to);
          if (statuses.at(-1) === OrderStatus.CANCELLED) break;
        }
        leave.abort();
        expect(statuses).to.include.members([OrderStatus.CREATED, OrderStatus.CANCELLED]);
      });
    });

  for (const service of ["order", "payment"])
    it(`show admins alone the dead letters and the lag of the ${service} service`, async () => {
      const baseUrl = `${system.url}/${service}-ops`;
      for (const transport of [createConnectTransport({ baseUrl }), createGrpcWebTransport({ baseUrl })]) {
        const ops = createClient(OpsService, transport);
        const admin = { headers: await system.bearer("ops", "admin") };
        expect((await ops.listDeadLetters({}, admin)).deadLetters).to.deep.equal([]);
        // Its own consumer says which of the services has answered.
        const { consumers } = await ops.getLag({}, admin);
        expect(consumers.map(({ group }) => group)).to.include(`till-${service}`);
        const unknown = ops.getDeadLetter({ id: randomUUID() }, admin);
        expect((await rejectionOf(unknown)).reason).to.equal("DEAD_LETTER_NOT_FOUND");
        for (const [user, role] of [
          [buyer, "user"],
          ["shop", "service"],
        ] as const) {
          const rejected = ops.listDeadLetters({}, { headers: await system.bearer(user, role) });
          expect((await rejectionOf(rejected)).reason).to.equal("PERMISSION_DENIED");
        }
      }
    });

  it("show an admin that orders and the audit are intact", async () => {
    const transport = createConnectTransport({ baseUrl: system.url });
    const [orders, payments] = [
      createClient(OrderService, transport),
      createClient(PaymentService, transport),
    ];
    const { order } = await orders.createOrder(anyCourse(), {
      headers: { ...(await system.bearer(buyer)), ...newKey() },
    });
    const admin = { headers: await system.bearer("ops", "admin") };
    expect((await orders.verifyOrder({ orderId: order!.id }, admin)).consistent).to.equal(true);
    expect((await payments.verifyAudit({}, admin)).intact).to.equal(true);
  });

  it("end SHUTTING_DOWN where the gateway stops under an open stream", async () => {
    const gateway = await startTestGateway({
      TILL_ORDER_ADDRESS: system.orderAddress,
      TILL_JWKS_URL: system.jwksUrl,
    });
    const headers = await system.bearer(buyer);
    const orders = createClient(OrderService, createConnectTransport({ baseUrl: gateway.url }));
    const { order } = await orders.createOrder(anyCourse(), { headers: { ...headers, ...newKey() } });
    const updates = orders.watchOrder({ orderId: order!.id }, { headers })[Symbol.asyncIterator]();
    await updates.next();
    const ended = rejectionOf(updates.next());
    await gateway.stop();
    expect((await ended).reason).to.equal("SHUTTING_DOWN");
  });

  it("need a token, as the services do", async () => {
    const orders = createClient(OrderService, createConnectTransport({ baseUrl: system.url }));
    expect((await rejectionOf(orders.getOrder({ orderId: randomUUID() }))).reason).to.equal(
      "UNAUTHENTICATED",
    );
    const headers = { authorization: "Bearer nonsense" };
    const call = orders.getOrder({ orderId: randomUUID() }, { headers });
    expect((await rejectionOf(call)).reason).to.equal("UNAUTHENTICATED");
  });

  it("fail without an inner address where a service is away", async () => {
    const gateway = await startTestGateway({
      TILL_ORDER_ADDRESS: "127.0.0.1:1",
      TILL_PAYMENT_ADDRESS: "127.0.0.1:1",
      TILL_JWKS_URL: system.jwksUrl,
    });
    try {
      const orders = createClient(OrderService, createConnectTransport({ baseUrl: gateway.url }));
      const call = orders.getOrder({ orderId: randomUUID() }, { headers: await system.bearer(buyer) });
      const failure = await failureOf(call);
      expect(failure.rawMessage).to.equal("the order service cannot be reached, try again");
      expect((await rejectionOf(Promise.reject(failure))).metadata).to.deep.equal({ upstream: "order" });
      expect((await fetch(`${gateway.url}/readyz`)).status).to.equal(503);
      expect((await fetch(`${gateway.url}/healthz`)).status).to.equal(200);
    } finally {
      await gateway.stop();
    }
  });

  it("do not reach what is for the services alone", async () => {
    const path = "/till.order.v1.OrderInternalService/BeginPayment";
    const headers = { ...(await system.bearer("shop", "service")), "content-type": "application/json" };
    const response = await fetch(`${system.url}${path}`, { method: "POST", headers, body: "{}" });
    expect(response.status).to.equal(404);
    expect(((await response.json()) as { reason: string }).reason).to.equal("ROUTE_NOT_FOUND");
  });

  it("find the gateway ready while orders and payments are, and show webhooks that are away", async () => {
    const gateway = await startTestGateway({
      TILL_ORDER_ADDRESS: system.orderAddress,
      TILL_PAYMENT_ADDRESS: system.paymentAddress,
      TILL_WEBHOOK_ADDRESS: "127.0.0.1:1",
      TILL_JWKS_URL: system.jwksUrl,
    });
    try {
      const response = await fetch(`${gateway.url}/readyz`);
      expect(response.status).to.equal(200);
      expect(await response.json()).to.deep.equal({
        status: "ready",
        services: { order: "SERVING", payment: "SERVING", webhook: "unreachable" },
      });
    } finally {
      await gateway.stop();
    }
  });
});
