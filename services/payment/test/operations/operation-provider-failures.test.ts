import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { repeatWhile } from "../../../../test/support/repeat-while.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { fastRecovery, shortProviderTimeout, withoutRecovery } from "../support/fixtures.ts";
import { ledgerLines, paymentOperations, statusOf, summaryOf } from "../support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";

/** A capture, a void and a refund of the whole amount, each with the token whose response is lost. */
const kinds = [
  { kind: "capture", token: "tok_capture_timeout", from: "authorize", to: "PROCESSED" },
  { kind: "void", token: "tok_void_timeout", from: "authorize", to: "VOIDED" },
  { kind: "refund", token: "tok_refund_timeout", from: "charge", to: "REFUNDED" },
] as const;

describe("Capture, void and refund, when the provider does not respond", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...shortProviderTimeout, ...withoutRecovery },
      replicas: 2,
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);
  const operation = async (paymentId: string) =>
    (
      await environment.query(`SELECT status, lease_expires_at FROM operation WHERE payment_id = $1`, [
        paymentId,
      ])
    )[0];

  for (const { kind, token, from, to } of kinds) {
    it(`makes one ${kind}, and returns PAYMENT_UNKNOWN until its outcome is known`, async () => {
      const payment = await operations()[from](token);
      const key = newId();
      // The recovery worker cannot sync either: the caller's repeat is the first to do so.
      environment.psp.intercept((request, response) => request.method === "GET" && !!response.destroy());
      const error = await failureOf(operations()[kind](payment.id, { key }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "PAYMENT_UNKNOWN"]);
      expect(error.findDetails(RetryInfoSchema)).to.have.length(1);
      expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.include({ payment_id: payment.id });
      expect(await operation(payment.id)).to.deep.equal({ status: "PENDING", lease_expires_at: null });

      environment.psp.intercept(undefined);
      const requestsBefore = environment.psp.requestCounts.POST;
      const { payment: after } = await operations()[kind](payment.id, { key, replica: 1 });
      expect(summaryOf(after)[0]).to.equal(to);
      expect(environment.psp.requestCounts.POST, "the outcome was read, not requested again").to.equal(
        requestsBefore,
      );
      expect(await environment.ledger(payment.orderId)).to.have.length(2);
    });

    it(`makes the ${kind} under its key when the provider received nothing`, async () => {
      const payment = await operations()[from]();
      const key = newId();
      let requests = 0;
      environment.psp.intercept(
        (request, response) => request.method === "POST" && ++requests === 1 && !!response.destroy(),
      );
      expect(reasonOf(await failureOf(operations()[kind](payment.id, { key })))).to.equal("PAYMENT_UNKNOWN");
      const { payment: after } = await operations()[kind](payment.id, { key });
      expect(summaryOf(after)[0]).to.equal(to);
      expect(await environment.ledger(payment.orderId)).to.have.length(2);
    });
  }

  it("records the refund while the provider is unreachable, and reserves its amount", async () => {
    const { id, orderId } = await operations().charge();
    const key = newId();
    await environment.psp.disconnect();
    const error = await failureOf(operations().refund(id, { amount: 30, key }));
    const tooMuch = await failureOf(operations().refund(id, { amount: 30 }));
    await environment.psp.reconnect();
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(reasonOf(tooMuch)).to.equal("REFUND_EXCEEDS_CAPTURED");
    // The recovery worker may have the lease meanwhile.
    const { refund } = await repeatWhile(["REQUEST_IN_PROGRESS"], () =>
      operations().refund(id, { amount: 30, key }),
    );
    expect(statusOf(refund)).to.equal("SUCCEEDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 3000"]);
  });

  it("rejects a void during a pending capture, and syncs the capture first", async () => {
    const { id, orderId } = await operations().authorize("tok_capture_timeout");
    environment.psp.intercept((request, response) => request.method === "GET" && !!response.destroy());
    await failureOf(operations().capture(id, { amount: 10 }));
    expect(reasonOf(await failureOf(operations().void(id)))).to.equal("REQUEST_IN_PROGRESS");
    environment.psp.intercept(undefined);
    // The capture's outcome comes to light before anything else is done.
    expect(summaryOf((await operations().void(id)).payment)).to.deep.equal(["PROCESSED", 4900, 1000, 0]);
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal([
      "authorize 4900",
      "capture 1000",
      "void 3900",
    ]);
  });
});

describe("Capture, void and refund without a repeat by the caller", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: {
        ...shortProviderTimeout,
        ...fastRecovery,
      },
      replicas: 2,
    });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);

  for (const { kind, token, from, to } of kinds) {
    it(`recovers a ${kind}`, async () => {
      const payment = await operations()[from](token);
      expect(reasonOf(await failureOf(operations()[kind](payment.id)))).to.equal("PAYMENT_UNKNOWN");
      await operations().untilPayment(payment.id, to);
      expect(await environment.ledger(payment.orderId)).to.have.length(2);
    });
  }
});
