import { expect } from "chai";
import { operate, payWithoutResponse } from "./support/psp-client.ts";
import { pspWebhooks, until } from "./support/psp-webhooks.ts";
import { findPayment, pay, paymentRequest } from "./support/sandbox-client.ts";

describe("webhooks of the PSP for a token of its own", () => {
  const { eventsAbout, paid, receiver, resend, sandbox, scheduler, typesAbout } = pspWebhooks();

  it("tok_webhook_duplicate: are sent five times with the same event", async () => {
    const { payment_id } = await paid({ token: "tok_webhook_duplicate" });
    const all = await receiver().waitFor(payment_id, 5);
    expect(new Set(all.map(({ body }) => body)).size).to.equal(1);
    await until(async () => (await eventsAbout(payment_id))[0]?.delivered === 5);
  });

  it("tok_webhook_late: are sent after 3 s", async () => {
    const { payment_id } = await paid({ token: "tok_webhook_late" });
    expect(scheduler().dueIn()).to.eql([3_000]);
    scheduler().advance(2_999);
    expect(await eventsAbout(payment_id)).to.have.nested.property("[0].attempts", 0);
    scheduler().advance(1);
    await receiver().waitFor(payment_id, 1);
  });

  it("tok_webhook_early: are sent before the response, which waits for them for a second at most", async () => {
    const request = paymentRequest({ token: "tok_webhook_early" });
    let responded = false;
    receiver().respondWith(() => undefined);
    const response = pay(sandbox(), request).finally(() => (responded = true));
    await receiver().waitFor(request.payment_id, 1);
    expect((await findPayment(sandbox(), request.payment_id)).body.status).to.equal("succeeded");
    expect(responded).to.equal(false);
    scheduler().advance(1_000);
    expect((await response).status).to.equal(200);
    receiver().respondWith((response) => response.end());
    const refund = await operate(sandbox(), request.payment_id, "refunds", { amount: 1 });
    expect([refund.status, typesAbout(request)]).to.eql([200, ["payment.succeeded", "refund.succeeded"]]);
  });

  it("tok_webhook_out_of_order: send a refund before its payment, and a payment alone after 10 s", async () => {
    const [refunded, alone] = [0, 1].map(() => paymentRequest({ token: "tok_webhook_out_of_order" })) as [
      ReturnType<typeof paymentRequest>,
      ReturnType<typeof paymentRequest>,
    ];
    await pay(sandbox(), refunded);
    await pay(sandbox(), alone);
    await operate(sandbox(), refunded.payment_id, "refunds", { amount: 1 });
    await receiver().waitFor(refunded.payment_id, 2);
    expect(typesAbout(refunded)).to.eql(["refund.succeeded", "payment.succeeded"]);
    expect(receiver().about(alone.payment_id)).to.eql([]);
    scheduler().advance(10_000);
    await receiver().waitFor(alone.payment_id, 1);
    expect(receiver().about(refunded.payment_id)).to.have.length(2);
  });

  it("tok_webhook_only: are sent though the request gets no response", async () => {
    const request = paymentRequest({ token: "tok_webhook_only" });
    expect(await payWithoutResponse(sandbox(), request)).to.equal("no response");
    const [received] = await receiver().waitFor(request.payment_id, 1);
    expect(received?.event.type).to.equal("payment.succeeded");
  });

  it("tok_timeout_after_charge: are sent only by resend", async () => {
    const request = paymentRequest({ token: "tok_timeout_after_charge" });
    expect(await payWithoutResponse(sandbox(), request)).to.equal("no response");
    const [event] = await eventsAbout(request.payment_id);
    expect(event).to.include({ type: "payment.succeeded", attempts: 0 });
    expect((await resend(event!.id, "times=1")).status).to.equal(202);
    await receiver().waitFor(request.payment_id, 1);
  });

  for (const [token, type] of [
    ["tok_refund_pending", "refund.succeeded"],
    ["tok_refund_pending_then_failed", "refund.failed"],
    ["tok_refund_failed", "refund.failed"],
  ] as const) {
    it(`${token}: have the outcome of a refund`, async () => {
      const payment = await paid({ token });
      await receiver().waitFor(payment.payment_id, 1);
      await operate(sandbox(), payment.payment_id, "refunds", { amount: 1 });
      scheduler().advance(2_000);
      await receiver().waitFor(payment.payment_id, 2);
      expect(typesAbout(payment)).to.eql(["payment.succeeded", type]);
    });
  }
});
