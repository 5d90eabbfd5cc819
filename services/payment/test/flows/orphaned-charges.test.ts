import { expect } from "chai";
import { createHmac } from "node:crypto";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { euros, operationsOn, said, short, statusOf } from "../support/payment-operations.ts";
import { paymentWorld, type PaymentWorld } from "../support/payment-service.ts";

const secret = "whsec_0123456789abcdef";

/** The provider's webhook that there is news of a payment. */
async function sendWebhook(port: number, paymentId: string): Promise<void> {
  const data = { payment: { payment_id: paymentId } };
  const body = JSON.stringify({ id: `evt_${newId()}`, type: "payment.succeeded", created: 1, data });
  const at = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/sandbox`, {
    method: "POST",
    headers: { "content-type": "application/json", "psp-signature": `t=${at},v1=${signature}` },
    body,
  });
  expect(answer.status).to.equal(200);
}

describe("Money that does not belong to us", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: {
        TILL_RESOLVE_AFTER_SECONDS: "0.3",
        TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.6",
        TILL_PSP_WEBHOOK_SECRET: secret,
        TILL_WEBHOOK_PORT: "0",
      },
    });
  });
  after(() => world?.stop());
  const on = () => operationsOn(world);
  const idOf = async (orderId: string) =>
    String((await world.rows(`SELECT id FROM payment WHERE order_id = $1`, [orderId]))[0]!.id);

  it("goes back where another amount was taken than was asked for, and the order can be paid", async () => {
    const orderId = await world.place();
    const error = await failureOf(world.pay(orderId, "tok_wrong_amount"));
    expect(reasonOf(error)).to.equal("PAYMENT_DECLINED");
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).to.include({ failure_code: "wrong_amount" });
    const id = await idOf(orderId);
    await eventually(async () =>
      expect((await on().get(id)).refunds.map(statusOf)).to.deep.equal(["SUCCEEDED"]),
    );
    expect(short((await on().get(id)).payment)).to.deep.equal(["FAILED", 4899, 4899, 4899]);
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4899", "refund 4899"]);
    await world.untilOrder(orderId, "PAYMENT_FAILED");
    await world.pay(orderId);
    await world.untilOrder(orderId, "PAID");
    // Nobody was told of the refund, which was before the second payment.
    const types = world.events(orderId).map(({ type }) => type);
    expect(types).to.deep.equal(["payment.failed", "payment.processed"]);
  });

  it("is let go where another amount is held", async () => {
    const orderId = await world.place();
    const method = { case: "paymentToken" as const, value: "tok_wrong_amount" };
    const request = { orderId, amount: euros(49), method, idempotencyKey: newId() };
    expect(
      reasonOf(await failureOf(world.payments(world.payerOf(orderId)).authorizePayment(request))),
    ).to.equal("PAYMENT_DECLINED");
    await eventually(async () =>
      expect(said(await world.ledger(orderId))).to.deep.equal(["authorize 4899", "void 4899"]),
    );
    expect(short((await on().get(await idOf(orderId))).payment)[0]).to.equal("FAILED");
  });

  it("is recorded and told where it went back at the provider, without us", async () => {
    const { id, orderId } = await on().taken();
    const refund = await fetch(`${world.env.TILL_PSP_URL}/payments/${id}/refunds`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": newId() },
      body: JSON.stringify({ amount: 1000 }),
    });
    expect(refund.status).to.equal(200);
    for (let round = 0; round < 5; round++) await sendWebhook(world.webhookPort!, id);
    const { payment, refunds } = await on().untilPayment(id, "PARTIALLY_REFUNDED");
    expect([short(payment)[3], refunds.map(statusOf)]).to.deep.equal([1000, ["SUCCEEDED"]]);
    const told = () => world.events(orderId).filter(({ type }) => type === "payment.refunded");
    await eventually(() => expect(told()).to.have.length(1));
    expect(told()[0]!.data).to.include({
      amount: 10,
      refundId: refunds[0]!.id,
      status: "partially_refunded",
    });
    expect(said(await world.ledger(orderId))).to.deep.equal(["charge 4900", "refund 1000"]);
  });

  it("goes back where it was taken after we had given the payment up", async () => {
    const { id } = await on().taken();
    // As if it had been given up, and the charge had come through after all.
    await world.rows(
      `UPDATE payment SET status = 'FAILED', captured_minor = 0, authorized_minor = 0, transaction_id = NULL,
              failure_code = 'provider_timeout', failure_reason = '', retryable = true WHERE id = $1`,
      [id],
    );
    for (let round = 0; round < 5; round++) await sendWebhook(world.webhookPort!, id);
    const { payment } = await eventually(async () => {
      const found = await on().get(id);
      expect(found.refunds.map(statusOf)).to.deep.equal(["SUCCEEDED"]);
      return found;
    });
    expect(short(payment)).to.deep.equal(["FAILED", 4900, 4900, 4900]);
    expect(said(await world.ledger(payment!.orderId))).to.deep.equal(["charge 4900", "refund 4900"]);
  });
});
