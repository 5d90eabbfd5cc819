import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../test/support/failure-of.ts";
import { fastRecovery } from "./support/fixtures.ts";
import { ledgerLines, paymentOperations, summaryOf } from "./support/payment-operations.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

describe("A payment that requires action", () => {
  let environment: PaymentEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment({
      env: { ...fastRecovery },
    });
  });
  after(() => environment?.stop());
  const operations = () => paymentOperations(environment);
  const act = async (url: string, result: "approve" | "decline") => {
    const answer = await fetch(`${url}?result=${result}`, { method: "POST" });
    expect(answer.status).to.equal(200);
  };

  it("returns the action URL, and keeps the order's slot", async () => {
    const orderId = await environment.placeOrder();
    const key = newId();
    const { payment } = await environment.pay(orderId, "tok_requires_action", { key });
    expect(payment!.status).to.equal(PaymentStatus.REQUIRES_ACTION);
    expect(payment!.actionUrl).to.match(/^http/);
    expect(reasonOf(await failureOf(environment.pay(orderId)))).to.equal("PAYMENT_IN_PROGRESS");
    const again = await environment.pay(orderId, "tok_requires_action", { key });
    expect([again.idempotentReplay, again.payment!.actionUrl]).to.deep.equal([true, payment!.actionUrl]);
    await environment.untilOrder(orderId, "PAYMENT_PENDING");

    await act(payment!.actionUrl, "approve");
    const after = await environment.pay(orderId, "tok_requires_action", { key });
    expect(summaryOf(after.payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    expect(after.payment!.actionUrl).to.equal("");
    await environment.untilOrder(orderId, "PAID");
  });

  it("is synced once the payer has confirmed or declined", async () => {
    for (const [result, status] of [
      ["approve", "PAID"],
      ["decline", "PAYMENT_FAILED"],
    ] as const) {
      const orderId = await environment.placeOrder();
      const { payment } = await environment.pay(orderId, "tok_requires_action");
      await act(payment!.actionUrl, result);
      await environment.untilOrder(orderId, status);
    }
  });

  it("is only authorized for AuthorizePayment", async () => {
    const orderId = await environment.placeOrder();
    const { payment } = await environment.authorize(orderId, "tok_requires_action");
    await act(payment!.actionUrl, "approve");
    const held = await operations().untilPayment(payment!.id, "AUTHORIZED");
    expect(summaryOf(held.payment)).to.deep.equal(["AUTHORIZED", 4900, 0, 0]);
    expect(summaryOf((await operations().capture(payment!.id)).payment)[0]).to.equal("PROCESSED");
    await environment.untilOrder(orderId, "PAID");
  });

  it("is voided by its payer, or with its order", async () => {
    for (const give of ["payer", "order"]) {
      const orderId = await environment.placeOrder();
      const { payment } = await environment.pay(orderId, "tok_requires_action");
      const paymentId = payment!.id;
      if (give === "payer")
        await environment.payments(environment.payerOf(orderId)).voidPayment({ paymentId });
      else await environment.publishOrderEvent("order.cancelled", orderId, { paymentId, reason: "USER" });
      await operations().untilPayment(paymentId, "VOIDED");
      expect(
        ledgerLines(await environment.ledger(orderId)).filter((entry) => !entry.startsWith("void")),
      ).to.deep.equal([]);
    }
  });
});
