import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { createHmac, randomUUID } from "node:crypto";
import type { Sandbox } from "../src/sandbox.ts";
import { get, operate, payWithoutResponse } from "./support/psp-client.ts";
import { startReceiver, type Receiver } from "./support/webhook-receiver.ts";
import { manualScheduler, type ManualScheduler } from "./support/manual-scheduler.ts";
import {
  findPayment,
  pay,
  paymentRequest,
  startTestSandbox,
  type PspBody,
} from "./support/sandbox-client.ts";

type Listed = {
  readonly id: string;
  readonly type: string;
  readonly attempts: number;
  readonly delivered: number;
};

describe("webhooks of the PSP", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  let receiver: Receiver;
  let scheduler: ManualScheduler;
  let sandbox: Sandbox;

  beforeEach(async () => {
    receiver = await startReceiver();
    scheduler = manualScheduler();
    sandbox = await startTestSandbox({ webhook: receiver.webhook, scheduler, now: () => now });
  });

  afterEach(async () => {
    await sandbox.close();
    await receiver.close();
  });

  it("are signed over the time and the raw body", async () => {
    const { payment_id } = await paid();
    const [{ event, signature, body }] = (await receiver.waitFor(payment_id, 1)) as [never];
    expect(event).to.include({ type: "payment.succeeded", created: now / 1000 });
    expect(event)
      .to.have.property("id")
      .that.matches(/^evt_[0-9a-f]{32}$/);
    expect(event).to.have.deep.nested.property("data.payment", (await findPayment(sandbox, payment_id)).body);
    const mac = createHmac("sha256", receiver.webhook.secret)
      .update(`${now / 1000}.${body as string}`)
      .digest("hex");
    expect(signature).to.equal(`t=${now / 1000},v1=${mac}`);
    expect(body).not.to.include("tok_");
  });

  it("are sent for every movement of money", async () => {
    const held = await paid({ capture: false });
    await receiver.waitFor(held.payment_id, 1);
    await operate(sandbox, held.payment_id, "captures", { amount: 60 });
    await receiver.waitFor(held.payment_id, 2);
    await operate(sandbox, held.payment_id, "voids");
    await receiver.waitFor(held.payment_id, 3);
    await operate(sandbox, held.payment_id, "refunds", { amount: 60 });
    await receiver.waitFor(held.payment_id, 4);
    expect(typesAbout(held)).to.eql([
      "payment.authorized",
      "payment.captured",
      "payment.voided",
      "refund.succeeded",
    ]);
    const declined = await paid({ token: "tok_decline" });
    await receiver.waitFor(declined.payment_id, 1);
    expect(typesAbout(declined)).to.eql(["payment.declined"]);
  });

  it("are retried with growing pauses of up to 30 s until a 2xx response", async () => {
    receiver.respondWith((response, soFar) => {
      if (soFar === 8) return response.writeHead(204).end();
      return soFar % 2
        ? response.writeHead(500).end()
        : response.writeHead(302, { location: receiver.webhook.url }).end();
    });
    const { payment_id } = await paid();
    for (const [n, due] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      await until(() => scheduler.dueIn().length === 1);
      expect([receiver.about(payment_id).length, scheduler.dueIn()]).to.eql([n + 1, [due]]);
      scheduler.advance(due);
      await receiver.waitFor(payment_id, n + 2);
    }
    await until(async () => (await eventsAbout(payment_id))[0]?.delivered === 1);
    expect(await eventsAbout(payment_id)).to.deep.include({
      ...(await eventsAbout(payment_id))[0],
      attempts: 8,
    });
    expect(scheduler.dueIn()).to.eql([]);
    expect(new Set(receiver.about(payment_id).map(({ event }) => event.id)).size).to.equal(1);
  });

  it("are retried while no receiver listens", async () => {
    receiver.respondWith((response) => response.destroy());
    const { payment_id } = await paid();
    await until(() => scheduler.dueIn().length === 1);
    receiver.respondWith((response) => response.end());
    scheduler.advance(1_000);
    await receiver.waitFor(payment_id, 2);
  });

  it("are not delayed by others that get no response", async () => {
    receiver.respondWith((response, soFar) => (soFar <= 20 ? undefined : response.end()));
    await Promise.all(Array.from({ length: 20 }, () => paid()));
    const { payment_id } = await paid();
    await receiver.waitFor(payment_id, 1);
  });

  it("tok_webhook_duplicate: are sent five times with the same event", async () => {
    const { payment_id } = await paid({ token: "tok_webhook_duplicate" });
    const all = await receiver.waitFor(payment_id, 5);
    expect(new Set(all.map(({ body }) => body)).size).to.equal(1);
    await until(async () => (await eventsAbout(payment_id))[0]?.delivered === 5);
  });

  it("tok_webhook_late: are sent after 3 s", async () => {
    const { payment_id } = await paid({ token: "tok_webhook_late" });
    expect(scheduler.dueIn()).to.eql([3_000]);
    scheduler.advance(2_999);
    expect(await eventsAbout(payment_id)).to.have.nested.property("[0].attempts", 0);
    scheduler.advance(1);
    await receiver.waitFor(payment_id, 1);
  });

  it("tok_webhook_early: are sent before the response, which waits for them for a second at most", async () => {
    const request = paymentRequest({ token: "tok_webhook_early" });
    let responded = false;
    receiver.respondWith(() => undefined);
    const response = pay(sandbox, request).finally(() => (responded = true));
    await receiver.waitFor(request.payment_id, 1);
    expect((await findPayment(sandbox, request.payment_id)).body.status).to.equal("succeeded");
    expect(responded).to.equal(false);
    scheduler.advance(1_000);
    expect((await response).status).to.equal(200);
    receiver.respondWith((response) => response.end());
    const refund = await operate(sandbox, request.payment_id, "refunds", { amount: 1 });
    expect([refund.status, typesAbout(request)]).to.eql([200, ["payment.succeeded", "refund.succeeded"]]);
  });

  it("tok_webhook_out_of_order: send a refund before its payment, and a payment alone after 10 s", async () => {
    const [refunded, alone] = [0, 1].map(() => paymentRequest({ token: "tok_webhook_out_of_order" })) as [
      ReturnType<typeof paymentRequest>,
      ReturnType<typeof paymentRequest>,
    ];
    await pay(sandbox, refunded);
    await pay(sandbox, alone);
    await operate(sandbox, refunded.payment_id, "refunds", { amount: 1 });
    await receiver.waitFor(refunded.payment_id, 2);
    expect(typesAbout(refunded)).to.eql(["refund.succeeded", "payment.succeeded"]);
    expect(receiver.about(alone.payment_id)).to.eql([]);
    scheduler.advance(10_000);
    await receiver.waitFor(alone.payment_id, 1);
    expect(receiver.about(refunded.payment_id)).to.have.length(2);
  });

  it("tok_webhook_only: are sent though the request gets no response", async () => {
    const request = paymentRequest({ token: "tok_webhook_only" });
    expect(await payWithoutResponse(sandbox, request)).to.equal("no response");
    const [received] = await receiver.waitFor(request.payment_id, 1);
    expect(received?.event.type).to.equal("payment.succeeded");
  });

  it("tok_timeout_after_charge: are sent only by resend", async () => {
    const request = paymentRequest({ token: "tok_timeout_after_charge" });
    expect(await payWithoutResponse(sandbox, request)).to.equal("no response");
    const [event] = await eventsAbout(request.payment_id);
    expect(event).to.include({ type: "payment.succeeded", attempts: 0 });
    expect((await resend(event!.id, "times=1")).status).to.equal(202);
    await receiver.waitFor(request.payment_id, 1);
  });

  for (const [token, type] of [
    ["tok_refund_pending", "refund.succeeded"],
    ["tok_refund_pending_then_failed", "refund.failed"],
    ["tok_refund_failed", "refund.failed"],
  ] as const) {
    it(`${token}: have the outcome of a refund`, async () => {
      const payment = await paid({ token });
      await receiver.waitFor(payment.payment_id, 1);
      await operate(sandbox, payment.payment_id, "refunds", { amount: 1 });
      scheduler.advance(2_000);
      await receiver.waitFor(payment.payment_id, 2);
      expect(typesAbout(payment)).to.eql(["payment.succeeded", type]);
    });
  }

  it("are delivered again by resend as often as requested", async () => {
    const { payment_id } = await paid();
    const [first] = await receiver.waitFor(payment_id, 1);
    const response = await resend(first!.event.id, "times=100");
    expect([response.status, await response.json()]).to.eql([202, { event_id: first!.event.id, times: 100 }]);
    const all = await receiver.waitFor(payment_id, 101);
    expect(new Set(all.map(({ body }) => body)).size).to.equal(1);
    await until(async () => (await eventsAbout(payment_id))[0]?.delivered === 101);
  });

  it("are not delivered again for an invalid resend", async () => {
    const { payment_id } = await paid();
    const [first] = await receiver.waitFor(payment_id, 1);
    for (const times of ["0", "-1", "1001", "1e3", "2&times=2", "NaN"]) {
      expect((await resend(first!.event.id, `times=${times}`)).status, times).to.equal(400);
    }
    const unknown = await resend("evt_0", "times=1");
    expect([unknown.status, ((await unknown.json()) as PspBody).error.code]).to.eql([404, "event_not_found"]);
    expect((await fetch(`${sandbox.pspUrl}/events?type=x`)).status).to.equal(400);
    expect(receiver.about(payment_id)).to.have.length(1);
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
    receiver.respondWith(() => undefined);
    let logged = "";
    const log = createLog({ service: "sandbox", destination: { write: (line) => (logged += line) } });
    const closing = await startTestSandbox({ webhook: receiver.webhook, scheduler, log });
    const request = paymentRequest({ token: "tok_webhook_duplicate" });
    await pay(closing, request);
    await receiver.waitFor(request.payment_id, 5);
    await closing.close();
    expect(logged, "no delivery waits until its time-out").not.to.include("not taken");
    scheduler.advance(60_000);
    expect(receiver.about(request.payment_id)).to.have.length(5);
  });

  async function paid(changes: Record<string, unknown> = {}) {
    const request = paymentRequest({ payment_id: randomUUID(), ...changes });
    await pay(sandbox, request);
    return request;
  }

  function typesAbout({ payment_id }: { payment_id: string }): string[] {
    return receiver.about(payment_id).map(({ event }) => event.type);
  }

  async function eventsAbout(payment_id: string): Promise<Listed[]> {
    return (await get<{ events: Listed[] }>(sandbox, `/events?payment_id=${payment_id}`)).body.events;
  }

  function resend(eventId: string, query: string): Promise<Response> {
    return fetch(`${sandbox.pspUrl}/webhooks/${eventId}/resend?${query}`, { method: "POST" });
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
