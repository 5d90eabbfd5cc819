import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { operationsOn, said, short, statusOf } from "../support/payment-operations.ts";
import { paymentWorld, type PaymentWorld } from "../support/payment-service.ts";

/** A capture, a void and a refund of all there is, each with the token that makes the provider lose its answer. */
const kinds = [
  { kind: "capture", token: "tok_capture_timeout", from: "held", to: "PROCESSED" },
  { kind: "letGo", token: "tok_void_timeout", from: "held", to: "VOIDED" },
  { kind: "refund", token: "tok_refund_timeout", from: "taken", to: "REFUNDED" },
] as const;

describe("An operation the provider does not answer", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: { TILL_PSP_TIMEOUT_MS: "2000", TILL_RESOLVE_AFTER_SECONDS: "3600" },
      replicas: 2,
    });
  });
  after(() => world?.stop());
  afterEach(() => world.psp.misbehave(undefined));
  const on = () => operationsOn(world);
  const operation = async (paymentId: string) =>
    (await world.rows(`SELECT status, attempt_until FROM operation WHERE payment_id = $1`, [paymentId]))[0];

  for (const { kind, token, from, to } of kinds) {
    it(`is not known to have been made, and made once: ${kind}`, async () => {
      const payment = await on()[from](token);
      const key = newId();
      // The janitor is held up as well: the first answer is the caller's own.
      world.psp.misbehave((request, response) => request.method === "GET" && !!response.destroy());
      const error = await failureOf(on()[kind](payment.id, { key }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "PAYMENT_UNKNOWN"]);
      expect(error.findDetails(RetryInfoSchema)).to.have.length(1);
      expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.include({ payment_id: payment.id });
      expect(await operation(payment.id)).to.deep.equal({ status: "PENDING", attempt_until: null });

      world.psp.misbehave(undefined);
      const asked = world.psp.seen.POST;
      const { payment: after } = await on()[kind](payment.id, { key, replica: 1 });
      expect(short(after)[0]).to.equal(to);
      expect(world.psp.seen.POST, "it was asked what became of it").to.equal(asked);
      expect(await world.ledger(payment.orderId)).to.have.length(2);
    });

    it(`is made under its key where the provider has heard of nothing: ${kind}`, async () => {
      const payment = await on()[from]();
      const key = newId();
      let requests = 0;
      world.psp.misbehave(
        (request, response) => request.method === "POST" && ++requests === 1 && !!response.destroy(),
      );
      expect(reasonOf(await failureOf(on()[kind](payment.id, { key })))).to.equal("PAYMENT_UNKNOWN");
      const { payment: after } = await on()[kind](payment.id, { key });
      expect(short(after)[0]).to.equal(to);
      expect(await world.ledger(payment.orderId)).to.have.length(2);
    });
  }

  it("is recorded while the provider refuses connections, and reserves what it will take", async () => {
    const { id, orderId } = await on().taken();
    const key = newId();
    await world.psp.shut();
    const error = await failureOf(on().refund(id, { amount: 30, key }));
    const tooMuch = await failureOf(on().refund(id, { amount: 30 }));
    await world.psp.reopen();
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(reasonOf(tooMuch)).to.equal("REFUND_EXCEEDS_CAPTURED");
    const { refund } = await on().refund(id, { amount: 30, key });
    expect(statusOf(refund)).to.equal("SUCCEEDED");
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 3000"]);
  });

  it("stands in the way of what cannot go with it", async () => {
    const { id, orderId } = await on().held("tok_capture_timeout");
    world.psp.misbehave((request, response) => request.method === "GET" && !!response.destroy());
    await failureOf(on().capture(id, { amount: 10 }));
    expect(reasonOf(await failureOf(on().letGo(id)))).to.equal("REQUEST_IN_PROGRESS");
    world.psp.misbehave(undefined);
    // The capture's outcome comes to light before anything else is done.
    expect(short((await on().letGo(id)).payment)).to.deep.equal(["PROCESSED", 4900, 1000, 0]);
    expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4900", "capture 1000", "void 3900"]);
  });
});

describe("An operation nobody asks about again", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: {
        TILL_PSP_TIMEOUT_MS: "2000",
        TILL_RESOLVE_AFTER_SECONDS: "0.3",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.6",
      },
      replicas: 2,
    });
  });
  after(() => world?.stop());
  const on = () => operationsOn(world);

  for (const { kind, token, from, to } of kinds) {
    it(`comes to its end by itself: ${kind}`, async () => {
      const payment = await on()[from](token);
      expect(reasonOf(await failureOf(on()[kind](payment.id)))).to.equal("PAYMENT_UNKNOWN");
      await on().untilPayment(payment.id, to);
      expect(await world.ledger(payment.orderId)).to.have.length(2);
    });
  }
});
