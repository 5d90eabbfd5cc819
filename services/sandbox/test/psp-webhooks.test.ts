import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { createHmac } from "node:crypto";
import { get, operate } from "./support/psp-client.ts";
import { type Listed, now, pspWebhooks, until } from "./support/psp-webhooks.ts";
import {
  findPayment,
  pay,
  paymentRequest,
  startTestSandbox,
  type PspBody,
} from "./support/sandbox-client.ts";

describe("webhooks of the PSP", () => {
  const { eventsAbout, paid, receiver, resend, sandbox, scheduler, typesAbout } = pspWebhooks();

  it("are signed over the time and the raw body", async () => {
    const { payment_id } = await paid();
    const [{ event, signature, body }] = (await receiver().waitFor(payment_id, 1)) as [never];
    expect(event).to.include({ type: "payment.succeeded", created: now / 1000 });
    expect(event)
      .to.have.property("id")
      .that.matches(/^evt_[0-9a-f]{32}$/);
    expect(event).to.have.deep.nested.property(
      "data.payment",
      (await findPayment(sandbox(), payment_id)).body,
    );
    const mac = createHmac("sha256", receiver().webhook.secret)
      .update(`${now / 1000}.${body as string}`)
      .digest("hex");
    expect(signature).to.equal(`t=${now / 1000},v1=${mac}`);
    expect(body).not.to.include("tok_");
  });

  it("are sent for every movement of money", async () => {
    const held = await paid({ capture: false });
    await receiver().waitFor(held.payment_id, 1);
    await operate(sandbox(), held.payment_id, "captures", { amount: 60 });
    await receiver().waitFor(held.payment_id, 2);
    await operate(sandbox(), held.payment_id, "voids");
    await receiver().waitFor(held.payment_id, 3);
    await operate(sandbox(), held.payment_id, "refunds", { amount: 60 });
    await receiver().waitFor(held.payment_id, 4);
    expect(typesAbout(held)).to.eql([
      "payment.authorized",
      "payment.captured",
      "payment.voided",
      "refund.succeeded",
    ]);
    const declined = await paid({ token: "tok_decline" });
    await receiver().waitFor(declined.payment_id, 1);
    expect(typesAbout(declined)).to.eql(["payment.declined"]);
  });

  it("are retried with growing pauses of up to 30 s until a 2xx response", async () => {
    receiver().respondWith((response, soFar) => {
      if (soFar === 8) return response.writeHead(204).end();
      return soFar % 2
        ? response.writeHead(500).end()
        : response.writeHead(302, { location: receiver().webhook.url }).end();
    });
    const { payment_id } = await paid();
    for (const [n, due] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      await until(() => scheduler().dueIn().length === 1);
      expect([receiver().about(payment_id).length, scheduler().dueIn()]).to.eql([n + 1, [due]]);
      scheduler().advance(due);
      await receiver().waitFor(payment_id, n + 2);
    }
    await until(async () => (await eventsAbout(payment_id))[0]?.delivered === 1);
    expect(await eventsAbout(payment_id)).to.deep.include({
      ...(await eventsAbout(payment_id))[0],
      attempts: 8,
    });
    expect(scheduler().dueIn()).to.eql([]);
    expect(
      new Set(
        receiver()
          .about(payment_id)
          .map(({ event }) => event.id),
      ).size,
    ).to.equal(1);
  });

  it("are retried while no receiver listens", async () => {
    receiver().respondWith((response) => response.destroy());
    const { payment_id } = await paid();
    await until(() => scheduler().dueIn().length === 1);
    receiver().respondWith((response) => response.end());
    scheduler().advance(1_000);
    await receiver().waitFor(payment_id, 2);
  });

  it("are not delayed by others that get no response", async () => {
    receiver().respondWith((response, soFar) => (soFar <= 20 ? undefined : response.end()));
    await Promise.all(Array.from({ length: 20 }, () => paid()));
    const { payment_id } = await paid();
    await receiver().waitFor(payment_id, 1);
  });

  it("are delivered again by resend as often as requested", async () => {
    const { payment_id } = await paid();
    const [first] = await receiver().waitFor(payment_id, 1);
    const response = await resend(first!.event.id, "times=100");
    expect([response.status, await response.json()]).to.eql([202, { event_id: first!.event.id, times: 100 }]);
    const all = await receiver().waitFor(payment_id, 101);
    expect(new Set(all.map(({ body }) => body)).size).to.equal(1);
    await until(async () => (await eventsAbout(payment_id))[0]?.delivered === 101);
  });

  it("are not delivered again for an invalid resend", async () => {
    const { payment_id } = await paid();
    const [first] = await receiver().waitFor(payment_id, 1);
    for (const times of ["0", "-1", "1001", "1e3", "2&times=2", "NaN"]) {
      expect((await resend(first!.event.id, `times=${times}`)).status, times).to.equal(400);
    }
    const unknown = await resend("evt_0", "times=1");
    expect([unknown.status, ((await unknown.json()) as PspBody).error.code]).to.eql([404, "event_not_found"]);
    expect((await fetch(`${sandbox().pspUrl}/events?type=x`)).status).to.equal(400);
    expect(receiver().about(payment_id)).to.have.length(1);
  });

  it("are stored and not sent where no webhook URL is set", async () => {
    const quiet = await startTestSandbox();
    const request = paymentRequest({ token: "tok_webhook_duplicate" });
    await pay(quiet, request);
    const { body } = await get<{ events: Listed[] }>(quiet, `/events?payment_id=${request.payment_id}`);
    expect(body.events.map(({ type, attempts }) => [type, attempts])).to.eql([["payment.succeeded", 0]]);
    const again = await fetch(`${quiet.pspUrl}/webhooks/${body.events[0]?.id}/resend`, { method: "POST" });
    expect([again.status, ((await again.json()) as PspBody).error.code]).to.eql([409, "no_webhook"]);
    await quiet.close();
  });

  it("stop at once when the sandbox closes", async () => {
    receiver().respondWith(() => undefined);
    let logged = "";
    const log = createLog({ service: "sandbox", destination: { write: (line) => (logged += line) } });
    const closing = await startTestSandbox({ webhook: receiver().webhook, scheduler: scheduler(), log });
    const request = paymentRequest({ token: "tok_webhook_duplicate" });
    await pay(closing, request);
    await receiver().waitFor(request.payment_id, 5);
    await closing.close();
    expect(logged, "no delivery waits until its time-out").not.to.include("not taken");
    scheduler().advance(60_000);
    expect(receiver().about(request.payment_id)).to.have.length(5);
  });
});
