import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { promptRecovery } from "../support/fixtures.ts";
import { ledgerLines, paymentOperations, statusOf } from "../support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "../support/payment-service.ts";
import { json } from "../support/psp-proxy.ts";

describe("A refund that the provider declines", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: promptRecovery,
      replicas: 2,
    });
  });
  after(() => environment?.stop());
  afterEach(() => environment.psp.intercept(undefined));
  const operations = () => paymentOperations(environment);
  const late = (orderId: string, paymentId: string) =>
    environment.publishOrderEvent("order.late_payment", orderId, { paymentId, amount: 49, currency: "EUR" });
  const declineRefunds = () =>
    environment.psp.intercept((request, response) => {
      if (request.method !== "POST" || !request.url?.endsWith("/refunds")) return false;
      const error = { code: "try_again_later", message: "not now", retryable: true };
      json(response, 402, { error });
      return true;
    });
  const untilRefunds = (id: string, ...states: string[]) =>
    eventually(async () => expect((await operations().get(id)).refunds.map(statusOf)).to.deep.equal(states));
  /** Makes the next try due, which is hours away. */
  const dueNow = (paymentId: string) =>
    environment.query(
      `UPDATE operation SET lease_expires_at = NULL, check_at = now() WHERE status = 'PENDING' AND payment_id = $1`,
      [paymentId],
    );

  it("is tried again for a late payment", async () => {
    const { id, orderId } = await operations().charge();
    declineRefunds();
    await late(orderId, id);
    await untilRefunds(id, "FAILED", "PENDING");
    await dueNow(id);
    await untilRefunds(id, "FAILED", "FAILED", "PENDING");
    environment.psp.intercept(undefined);
    await dueNow(id);
    await untilRefunds(id, "FAILED", "FAILED", "SUCCEEDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });

  it("is tried again for an orphaned charge", async () => {
    const orderId = await environment.placeOrder();
    declineRefunds();
    await failureOf(environment.pay(orderId, "tok_wrong_amount"));
    const { id } = await environment.storedPayment(orderId);
    await untilRefunds(id, "FAILED", "PENDING");
    environment.psp.intercept(undefined);
    await dueNow(id);
    await untilRefunds(id, "FAILED", "SUCCEEDED");
    expect(ledgerLines(await environment.ledger(orderId))).to.deep.equal(["charge 4899", "refund 4899"]);
  });
});
