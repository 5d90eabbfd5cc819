import { Code, createClient } from "@connectrpc/connect";
import { expect } from "chai";
import { ErrorInfoSchema, RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { repeatWhile } from "../../../test/support/repeat-while.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { byToken, price, shortProviderTimeout, withoutRecovery } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { json } from "./support/psp-proxy.ts";

describe("ProcessPayment, when the provider fails", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...shortProviderTimeout, ...withoutRecovery },
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));

  const history = async (orderId: string) => {
    const text = `SELECT type, reason FROM payment_event WHERE payment_id = $1 ORDER BY version`;
    return (await environment.query(text, [(await environment.storedPayment(orderId)).id])).map(
      ({ type, reason }) => `${String(type)} ${String(reason)}`,
    );
  };
  async function expectUnknown(call: Promise<unknown>, orderId: string): Promise<void> {
    const error = await failureOf(call);
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "PAYMENT_UNKNOWN"]);
    expect(error.findDetails(RetryInfoSchema)).to.have.length(1);
    const { id, status } = await environment.storedPayment(orderId);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.deep.equal({ payment_id: id });
    expect(status).to.equal("UNKNOWN");
  }

  it("leaves a charge without a response UNKNOWN, and never charges it twice", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    await expectUnknown(environment.pay(orderId, "tok_timeout_after_charge", { key }), orderId);
    expect(environment.events(orderId)).to.deep.equal([]);
    await environment.untilOrder(orderId, "PAYMENT_PENDING");
    expect(reasonOf(await failureOf(environment.pay(orderId)))).to.equal("PAYMENT_IN_PROGRESS");

    const requestsBefore = environment.psp.requestCounts.POST;
    const { payment, idempotentReplay } = await environment.pay(orderId, "tok_timeout_after_charge", { key });
    expect([payment!.status, idempotentReplay]).to.deep.equal([PaymentStatus.PROCESSED, true]);
    expect(environment.psp.requestCounts.POST, "the outcome was read, not charged again").to.equal(
      requestsBefore,
    );
    expect(await environment.ledger(orderId)).to.have.length(1);
    await environment.untilOrder(orderId, "PAID");
  });

  it("charges once for a client that retries", async () => {
    const orderId = await environment.placeOrder();
    const token = await environment.token(`user=${environment.payerOf(orderId)}`);
    const transport = grpcTransport({
      address: environment.addresses[0]!,
      token: () => Promise.resolve(token),
      timeoutMs: 15_000,
    });
    const method = byToken("tok_timeout_after_charge");
    const request = { orderId, amount: price, method, idempotencyKey: newId() };
    const { payment } = await createClient(PaymentService, transport).processPayment(request);
    transport.close();
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await environment.ledger(orderId)).to.have.length(1);
  });

  it("charges under the same key when the provider received nothing", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    let requests = 0;
    environment.psp.intercept(
      (request, response) => request.method === "POST" && ++requests === 1 && !!response.destroy(),
    );
    await expectUnknown(environment.pay(orderId, "tok_approve", { key }), orderId);
    const { payment } = await environment.pay(orderId, "tok_approve", { key });
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await environment.ledger(orderId)).to.have.length(1);
  });

  it("stays UNKNOWN as long as the provider does not respond", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    for (let round = 0; round < 2; round++) {
      await expectUnknown(environment.pay(orderId, "tok_timeout_before_charge", { key }), orderId);
    }
    expect(await environment.ledger(orderId)).to.deep.equal([]);
    expect(await history(orderId)).to.deep.equal([
      "PAYMENT_REQUESTED ",
      "PROVIDER_UNKNOWN no answer in time",
      "PAYMENT_RESUMED ",
      "PROVIDER_UNKNOWN no answer in time",
    ]);
  });

  it("charges nothing while the provider is unreachable, and resumes the payment afterwards", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    await environment.psp.disconnect();
    const error = await failureOf(environment.pay(orderId, "tok_approve", { key }));
    await environment.psp.reconnect();
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.include({ upstream: "psp" });
    expect(await environment.storedPayment(orderId)).to.include({
      status: "PENDING",
      lease_expires_at: null,
    });
    // Until it has seen that nothing was charged, the recovery worker may have the lease.
    const { payment } = await repeatWhile(["REQUEST_IN_PROGRESS"], () =>
      environment.pay(orderId, "tok_approve", { key }),
    );
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await environment.ledger(orderId)).to.have.length(1);
  });

  it("does not take a proxy's 404 for the provider's", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    await expectUnknown(environment.pay(orderId, "tok_timeout_after_charge", { key }), orderId);
    const requestsBefore = environment.psp.requestCounts.POST;
    environment.psp.intercept((_, response) => {
      json(response, 404, { error: { code: "not_found" } });
      return true;
    });
    await expectUnknown(environment.pay(orderId, "tok_timeout_after_charge", { key }), orderId);
    expect(environment.psp.requestCounts.POST).to.equal(requestsBefore);
  });
});

describe("ProcessPayment, when the order service is unreachable", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    // Without the recovery worker, which would read from the provider.
    environment = await startPaymentEnvironment({
      env: { TILL_ORDER_ADDRESS: "127.0.0.1:1", ...withoutRecovery },
    });
  });
  after(() => environment?.stop());

  it("charges nothing and returns a retryable error", async () => {
    const orderId = await environment.placeOrder();
    const error = await failureOf(environment.pay(orderId));
    expect([error.code, reasonOf(error)]).to.deep.equal([Code.Unavailable, "UPSTREAM_UNAVAILABLE"]);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.deep.equal({ upstream: "order" });
    expect(error.findDetails(RetryInfoSchema)).to.have.length(1);
    const [row] = await environment.query(
      `SELECT status, lease_expires_at FROM payment WHERE order_id = $1`,
      [orderId],
    );
    expect(row).to.deep.equal({ status: "PENDING", lease_expires_at: null });
    expect(environment.psp.requestCounts).to.deep.equal({});
  });
});
