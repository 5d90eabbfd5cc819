import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { expect } from "chai";
import { startGatewaySystem, startTestGateway, type GatewaySystem } from "./support/gateway.ts";
import { anyBuyer, anyCourse, newKey, restClient } from "./support/rest.ts";

describe("The address of a client", () => {
  let system: GatewaySystem;
  before(async function () {
    this.timeout(60_000);
    system = await startGatewaySystem();
  });
  after(() => system?.stop());

  /** Pays over a gateway, and returns the addresses of the payment's history. */
  async function addressesOf(url: string, protocol: "REST" | "Connect", given: string): Promise<string[]> {
    const buyer = anyBuyer();
    const send = restClient({ ...system, url }, buyer);
    const headers = { "x-forwarded-for": given, "x-till-caller": "admin:root", "x-till-role": "admin" };
    const { body: order } = await send(
      ...(["POST", "/orders", { items: [{ courseId: anyCourse() }] }] as const),
      { key: newKey(), headers },
    );
    const transport = createConnectTransport({ baseUrl: url });
    const payments = createClient(PaymentService, transport);
    if (protocol === "REST")
      await send(
        ...(["POST", "/payments", { orderId: order.id, amount: 10, cardToken: "tok_approve" }] as const),
        { key: newKey(), headers },
      );
    else
      await payments.processPayment(
        {
          ...{ orderId: order.id, amount: { currencyCode: "EUR", units: 10n } },
          method: { case: "paymentToken", value: "tok_approve" },
        },
        { headers: { ...(await system.bearer(buyer)), "idempotency-key": newKey(), ...headers } },
      );
    const admin = { headers: await system.bearer("ops", "admin") };
    const { payments: made } = await payments.listPayments({ orderId: order.id }, admin);
    const { events } = await payments.listPaymentEvents({ paymentId: made[0]!.id }, admin);
    const own = events.filter(({ actor }) => actor === `user:${buyer}`);
    expect(own).to.not.have.length(0);
    return [...new Set(own.map(({ peerAddress }) => peerAddress))];
  }

  for (const protocol of ["REST", "Connect"] as const) {
    it(`is recorded as the gateway saw it over ${protocol}, whatever the client forwards`, async () => {
      expect(await addressesOf(system.url, protocol, "203.0.113.9")).to.deep.equal(["127.0.0.1"]);
    });

    it(`is what a proxy that the gateway trusts forwards over ${protocol}`, async () => {
      const gateway = await startTestGateway({
        TILL_ORDER_ADDRESS: system.orderAddress,
        TILL_PAYMENT_ADDRESS: system.paymentAddress,
        TILL_JWKS_URL: system.jwksUrl,
        TILL_TRUSTED_PROXIES: "127.0.0.1",
      });
      try {
        const spoofed = "198.51.100.1, 203.0.113.9";
        expect(await addressesOf(gateway.url, protocol, spoofed)).to.deep.equal(["203.0.113.9"]);
      } finally {
        await gateway.stop();
      }
    });
  }
});
