import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";
import { json } from "./support/psp-proxy.ts";

describe("ProcessPayment, interrupted during the provider call", () => {
  let environment: PaymentEnvironment;
  beforeEach(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  afterEach(() => environment?.stop());

  const providerIsCalled = (times: number) =>
    eventually(() => expect(environment.psp.requestCounts.POST).to.equal(times));

  it("finishes the payment before the service stops, even when the caller hung up", async () => {
    const orderId = await environment.placeOrder();
    const hangUp = new AbortController();
    const paying = failureOf(environment.pay(orderId, "tok_slow", { signal: hangUp.signal }));
    await providerIsCalled(1);
    hangUp.abort();
    expect((await paying).code).to.equal(Code.Canceled);
    await environment.stopPaymentService();
    const [row] = await environment.query(`SELECT status FROM payment WHERE order_id = $1`, [orderId]);
    expect(row).to.deep.equal({ status: "PROCESSED" });
  });

  it("charges once when every database connection breaks", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    const paying = environment.pay(orderId, "tok_slow", { key }).catch((error: unknown) => error);
    await providerIsCalled(1);
    await environment.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    const answer = await paying;
    if (answer instanceof Error) expect(reasonOf(answer)).to.equal("PAYMENT_UNKNOWN");
    await environment.query(
      `UPDATE payment SET lease_expires_at = now() - interval '1 s' WHERE lease_expires_at IS NOT NULL`,
    );
    const { payment } = await eventually(() => environment.pay(orderId, "tok_slow", { key }));
    expect(payment!.status).to.equal(PaymentStatus.PROCESSED);
    expect(await environment.ledger(orderId)).to.have.length(1);
    await environment.untilOrder(orderId, "PAID");
  });

  it("leaves the payment to the lease's new holder", async () => {
    const orderId = await environment.placeOrder();
    let answer = () => {};
    environment.psp.intercept(({ method }, response) => {
      if (method === "POST") answer = () => json(response, 200, { nothing: "of use" });
      return method === "POST";
    });
    const paying = failureOf(environment.pay(orderId));
    await providerIsCalled(1);
    const [taken] = await environment.query(
      `UPDATE payment SET status = 'UNKNOWN', lease_expires_at = now() + interval '1 minute', version = version + 1
        WHERE order_id = $1 RETURNING status, lease_expires_at, version`,
      [orderId],
    );
    answer();
    expect(reasonOf(await paying)).to.equal("PAYMENT_UNKNOWN");
    const [left] = await environment.query(
      `SELECT status, lease_expires_at, version FROM payment WHERE order_id = $1`,
      [orderId],
    );
    expect(left).to.deep.equal(taken);
  });
});
