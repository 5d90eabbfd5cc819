import { expect } from "chai";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { newId } from "@till/ids";
import { reasonOf } from "@till/rpc/errors";
import { failureOf } from "../../../test/support/failure-of.ts";
import { euros, operationsOn, said, short } from "./support/payment-operations.ts";
import { paymentWorld, type PaymentWorld } from "./support/payment-service.ts";

describe("A payment that its payer has to confirm", () => {
  let world: PaymentWorld;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    world = await paymentWorld({
      env: { TILL_RESOLVE_AFTER_SECONDS: "0.3", TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "0.6" },
    });
  });
  after(() => world?.stop());
  const on = () => operationsOn(world);
  const act = async (url: string, result: "approve" | "decline") => {
    const answer = await fetch(`${url}?result=${result}`, { method: "POST" });
    expect(answer.status).to.equal(200);
  };

  it("says where the payer has to go, and keeps the order's slot meanwhile", async () => {
    const orderId = await world.place();
    const key = newId();
    const { payment } = await world.pay(orderId, "tok_requires_action", { key });
    expect(payment!.status).to.equal(PaymentStatus.REQUIRES_ACTION);
    expect(payment!.actionUrl).to.match(/^http/);
    expect(reasonOf(await failureOf(world.pay(orderId)))).to.equal("PAYMENT_IN_PROGRESS");
    const again = await world.pay(orderId, "tok_requires_action", { key });
    expect([again.idempotentReplay, again.payment!.actionUrl]).to.deep.equal([true, payment!.actionUrl]);
    await world.untilOrder(orderId, "PAYMENT_PENDING");

    await act(payment!.actionUrl, "approve");
    const after = await world.pay(orderId, "tok_requires_action", { key });
    expect(short(after.payment)).to.deep.equal(["PROCESSED", 4900, 4900, 0]);
    expect(after.payment!.actionUrl).to.equal("");
    await world.untilOrder(orderId, "PAID");
  });

  it("goes on by itself once the payer has decided", async () => {
    for (const [result, status] of [
      ["approve", "PAID"],
      ["decline", "PAYMENT_FAILED"],
    ] as const) {
      const orderId = await world.place();
      const { payment } = await world.pay(orderId, "tok_requires_action");
      await act(payment!.actionUrl, result);
      await world.untilOrder(orderId, status);
    }
  });

  it("is only held where that is what was asked for", async () => {
    const method = { case: "paymentToken" as const, value: "tok_requires_action" };
    const orderId = await world.place();
    const request = { orderId, amount: euros(49), method, idempotencyKey: newId() };
    const { payment } = await world.payments(world.payerOf(orderId)).authorizePayment(request);
    await act(payment!.actionUrl, "approve");
    const held = await on().untilPayment(payment!.id, "AUTHORIZED");
    expect(short(held.payment)).to.deep.equal(["AUTHORIZED", 4900, 0, 0]);
    expect(short((await on().capture(payment!.id)).payment)[0]).to.equal("PROCESSED");
    await world.untilOrder(orderId, "PAID");
  });

  it("is given up by its payer, or with its order", async () => {
    for (const give of ["payer", "order"]) {
      const orderId = await world.place();
      const { payment } = await world.pay(orderId, "tok_requires_action");
      const paymentId = payment!.id;
      if (give === "payer") await world.payments(world.payerOf(orderId)).voidPayment({ paymentId });
      else await world.tell("order.cancelled", orderId, { paymentId, reason: "USER" });
      await on().untilPayment(paymentId, "VOIDED");
      expect(said(await world.ledger(orderId)).filter((entry) => !entry.startsWith("void"))).to.deep.equal(
        [],
      );
    }
  });
});
