import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import type { ServerResponse } from "node:http";
import { failureOf } from "../../../test/support/failure-of.ts";
import { shortProviderTimeout, withoutRecovery } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { type Interceptor, json } from "./support/psp-proxy.ts";

describe("ProcessPayment, when the provider's response is invalid", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...shortProviderTimeout, ...withoutRecovery },
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));

  const approval = (change: object): Interceptor => {
    return (request, response) => {
      if (request.method === "GET") return false;
      const paymentId = request.headers["idempotency-key"];
      const right = {
        id: `ch_${newId()}`,
        status: "succeeded",
        amount: 4900,
        currency: "EUR",
        payment_id: paymentId,
      };
      json(response, 200, { ...right, ...change });
      return true;
    };
  };
  const respondWith = (respond: (response: ServerResponse) => void): Interceptor => {
    return (request, response) => {
      if (request.method === "GET") return false;
      respond(response);
      return true;
    };
  };
  const invalidResponses: Record<string, Interceptor> = {
    "an approval of another amount": approval({ amount: 4800 }),
    "an approval in another currency": approval({ currency: "USD" }),
    "an approval in no currency": approval({ currency: "XXQ" }),
    "an approval of another payment": approval({ payment_id: newId() }),
    "an approval with a broken transaction id": approval({ id: "ch_\u0000" }),
    "an approval that only authorizes": approval({ status: "authorized" }),
    "an approval of half a cent": approval({ amount: 4900.5 }),
    "an approval of more than an amount can be": approval({ amount: 9_000_000_000_000_000 }),
    "an approval with refunds of more than an amount can be": approval({ refunded: 9_000_000_000_000_000 }),
    "an approval with a dispute of more than an amount can be": approval({
      dispute: { id: "dp_1", state: "needs_response", reason: "fraudulent", amount: 9_000_000_000_000_000 },
    }),
    "an approval that is too long": approval({ padding: "x".repeat(100_000) }),
    HTML: respondWith((response) => response.writeHead(200).end("<html>welcome</html>")),
    "a failure of its own": respondWith((response) =>
      json(response, 500, { error: { code: "internal_error" } }),
    ),
    "a decline without a reason": respondWith((response) => json(response, 402, { error: "no" })),
    "a redirect": respondWith((response) =>
      json(response, 302, {}, { location: `${environment.psp.url}/payments/x` }),
    ),
    "half a response": respondWith((response) =>
      response.writeHead(200, { "content-length": "999" }).write("{"),
    ),
    "a closed connection": respondWith((response) => response.destroy()),
  };
  for (const [name, interceptor] of Object.entries(invalidResponses)) {
    it(`takes ${name} for unknown`, async () => {
      const orderId = await environment.placeOrder();
      const key = newId();
      environment.psp.intercept(interceptor);
      const error = await failureOf(environment.pay(orderId, "tok_approve", { key }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "PAYMENT_UNKNOWN"]);
      const [row] = await environment.query(`SELECT status FROM payment WHERE order_id = $1`, [orderId]);
      expect(row).to.deep.equal({ status: "UNKNOWN" });
      environment.psp.intercept(undefined);
      const { payment } = await environment.pay(orderId, "tok_approve", { key });
      expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
      expect(await environment.ledger(orderId)).to.have.length(1);
    });
  }

  it("returns a decline's hostile text as plain text", async () => {
    const orderId = await environment.placeOrder();
    const message = `no\u0000\n\r${"\ud83d\ude00".repeat(400)}`;
    environment.psp.intercept(
      respondWith((response) => json(response, 402, { error: { code: "odd", message, retryable: true } })),
    );
    const error = await failureOf(environment.pay(orderId));
    expect(reasonOf(error)).to.equal("PAYMENT_DECLINED");
    expect(error.rawMessage).to.match(/^no {3}/);
    await environment.untilOrder(orderId, "PAYMENT_FAILED");
  });
});
