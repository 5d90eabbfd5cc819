import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import type { ServerResponse } from "node:http";
import { failureOf } from "../../../test/support/failure-of.ts";
import { paymentWorld, type PaymentWorld } from "./support/payment-service.ts";
import { json, type Misbehaviour } from "./support/psp-proxy.ts";

describe("ProcessPayment with a provider that talks nonsense", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({ env: { TILL_PSP_TIMEOUT_MS: "2000", TILL_RESOLVE_AFTER_SECONDS: "3600" } });
  });
  after(() => world?.stop());
  afterEach(() => world.psp.misbehave(undefined));

  const approval = (change: object): Misbehaviour => {
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
  const answerWith = (answer: (response: ServerResponse) => void): Misbehaviour => {
    return (request, response) => {
      if (request.method === "GET") return false;
      answer(response);
      return true;
    };
  };
  const nonsense: Record<string, Misbehaviour> = {
    "an approval of another amount": approval({ amount: 4800 }),
    "an approval in another currency": approval({ currency: "USD" }),
    "an approval in no currency": approval({ currency: "XXQ" }),
    "an approval of another payment": approval({ payment_id: newId() }),
    "an approval with a broken transaction id": approval({ id: "ch_\u0000" }),
    "an approval that only holds the money": approval({ status: "authorized" }),
    "an approval of half a cent": approval({ amount: 4900.5 }),
    "an approval that is too long": approval({ padding: "x".repeat(100_000) }),
    HTML: answerWith((response) => response.writeHead(200).end("<html>welcome</html>")),
    "a failure of its own": answerWith((response) =>
      json(response, 500, { error: { code: "internal_error" } }),
    ),
    "a decline without a reason": answerWith((response) => json(response, 402, { error: "no" })),
    "a redirect": answerWith((response) =>
      json(response, 302, {}, { location: `${world.psp.url}/payments/x` }),
    ),
    "half an answer": answerWith((response) =>
      response.writeHead(200, { "content-length": "999" }).write("{"),
    ),
    "no answer but a hang-up": answerWith((response) => response.destroy()),
  };
  for (const [name, misbehaviour] of Object.entries(nonsense)) {
    it(`takes ${name} neither for a yes nor for a no`, async () => {
      const orderId = await world.place();
      const key = newId();
      world.psp.misbehave(misbehaviour);
      const error = await failureOf(world.pay(orderId, "tok_approve", { key }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "PAYMENT_UNKNOWN"]);
      const [row] = await world.rows(`SELECT status FROM payment WHERE order_id = $1`, [orderId]);
      expect(row).to.deep.equal({ status: "UNKNOWN" });
      world.psp.misbehave(undefined);
      const { payment } = await world.pay(orderId, "tok_approve", { key });
      expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
      expect(await world.ledger(orderId)).to.have.length(1);
    });
  }

  it("passes a decline's hostile text on as plain text", async () => {
    const orderId = await world.place();
    const message = `no\u0000\n\r${"\ud83d\ude00".repeat(400)}`;
    world.psp.misbehave(
      answerWith((response) => json(response, 402, { error: { code: "odd", message, retryable: true } })),
    );
    const error = await failureOf(world.pay(orderId));
    expect(reasonOf(error)).to.equal("PAYMENT_DECLINED");
    expect(error.rawMessage).to.match(/^no {3}/);
    await world.untilOrder(orderId, "PAYMENT_FAILED");
  });
});
