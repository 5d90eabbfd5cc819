import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { createServer, type AddressInfo } from "node:net";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import {
  type CrashingPaymentService,
  startCrashingPaymentService,
} from "./support/crashing-payment-service.ts";
import { byToken, price, withoutRecovery } from "./support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

/** Where a payment service is killed, with SIGKILL. */
type Step = "before the admission" | "before the charge" | "after the charge";

/** Kills a second payment service at a step of ProcessPayment, and lets its lease expire. */
async function crashWhilePaying(
  environment: PaymentEnvironment,
  step: Step,
  orderId: string,
  key: string,
): Promise<void> {
  const crashing: { payments?: CrashingPaymentService } = {};
  const kill = () => crashing.payments?.kill();
  const silent = createServer(kill);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const env = { ...(step === "before the admission" && { TILL_ORDER_ADDRESS: address }) };
  const payments = (crashing.payments = await startCrashingPaymentService(environment, {
    user: environment.payerOf(orderId),
    role: "user",
    env,
  }));
  environment.psp.intercept((request, response) => {
    if (request.method !== "POST") return false;
    if (step === "before the charge") kill();
    // The sandbox charges, and its response is lost.
    if (step === "after the charge") response.end = () => (kill(), response);
    return step === "before the charge";
  });

  const method = byToken("tok_approve");
  const request = { orderId, amount: price, method, idempotencyKey: key };
  await failureOf(payments.client.processPayment(request));
  silent.close();
  await payments.exited;
  environment.psp.intercept(undefined);

  const { length } = await environment.ledger(orderId);
  expect(length).to.equal(step === "after the charge" ? 1 : 0);
  const left = await environment.query(
    `UPDATE payment SET lease_expires_at = now() - interval '1 hour' WHERE order_id = $1 RETURNING status`,
    [orderId],
  );
  expect(left).to.deep.equal([{ status: "PENDING" }]);
}

const steps: Step[] = ["before the admission", "before the charge", "after the charge"];

describe("ProcessPayment, when the service is killed and the caller repeats", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({ env: { ...withoutRecovery } });
  });
  after(() => environment?.stop());

  for (const step of steps) {
    it(`charges exactly once when killed ${step}`, async () => {
      const orderId = await environment.placeOrder();
      const key = newId();
      await crashWhilePaying(environment, step, orderId, key);
      const { payment, idempotentReplay } = await environment.pay(orderId, "tok_approve", { key });
      expect([payment!.status, idempotentReplay]).to.deep.equal([PaymentStatus.PROCESSED, true]);
      await environment.untilOrder(orderId, "PAID");
      expect(await environment.ledger(orderId)).to.have.length(1);
      expect(environment.events(orderId)).to.have.length(1);
    }).timeout(60_000);
  }

  it("resumes the payment for one of several concurrent repeats", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    await crashWhilePaying(environment, "before the charge", orderId, key);
    const calls = await Promise.allSettled(
      Array.from({ length: 20 }, () => environment.pay(orderId, "tok_approve", { key })),
    );
    const rejected = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
    expect(rejected.filter((reason) => reason !== "REQUEST_IN_PROGRESS")).to.deep.equal([]);
    await environment.untilOrder(orderId, "PAID");
    expect(await environment.ledger(orderId)).to.have.length(1);
  }).timeout(60_000);
});

describe("ProcessPayment, when the service is killed and the caller does not repeat", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: {
        TILL_RESOLVE_AFTER_SECONDS: "0.3",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "2",
        TILL_GIVE_UP_SECONDS: "1800",
      },
      replicas: 2,
    });
  });
  after(() => environment?.stop());

  const untilPayment = (orderId: string, status: string) =>
    eventually(async () => {
      const [row] = await environment.query(`SELECT status, failure_code FROM payment WHERE order_id = $1`, [
        orderId,
      ]);
      expect(row?.status).to.equal(status);
      return row!;
    });

  it("finds the charge and makes no second one", async () => {
    const orderId = await environment.placeOrder();
    await crashWhilePaying(environment, "after the charge", orderId, newId());
    await environment.untilOrder(orderId, "PAID");
    expect(await untilPayment(orderId, "PROCESSED")).to.include({ failure_code: null });
    expect(await environment.ledger(orderId)).to.have.length(1);
    expect(environment.events(orderId)).to.have.length(1);
  }).timeout(60_000);

  it("releases the order's payment slot when nothing was charged", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    await crashWhilePaying(environment, "before the charge", orderId, key);
    const order = await environment.untilOrder(orderId, "PAYMENT_FAILED");
    // The provider never received it: it is no attempt of the buyer's.
    expect(order.failedPayments).to.equal(0);
    expect(
      environment.events(orderId).map(({ type, data }) => ({ type, ...(data as object) }))[0],
    ).to.include({
      type: "payment.failed",
      failureCode: "provider_timeout",
      retryable: true,
    });
    expect(reasonOf(await failureOf(environment.pay(orderId, "tok_approve", { key })))).to.equal(
      "PAYMENT_DECLINED",
    );
    await environment.pay(orderId);
    await environment.untilOrder(orderId, "PAID");
    expect(await environment.ledger(orderId)).to.have.length(1);
  }).timeout(60_000);

  it("leaves an order unchanged whose slot was never taken", async () => {
    const orderId = await environment.placeOrder();
    await crashWhilePaying(environment, "before the admission", orderId, newId());
    expect(await untilPayment(orderId, "FAILED")).to.include({ failure_code: "provider_timeout" });
    expect(environment.events(orderId)).to.deep.equal([]);
    await environment.pay(orderId);
    const order = await environment.untilOrder(orderId, "PAID");
    expect(order.failedPayments).to.equal(0);
  }).timeout(60_000);
});
